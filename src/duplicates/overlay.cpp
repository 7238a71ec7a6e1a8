#include "duplicates/overlay.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace clipcluster::internal {
namespace {

void place_axis(int side, float scale, float shift, OverlayAxis& axis) {
  const float last = static_cast<float>(side - 1);
  axis.begin = side;
  axis.end = 0;
  for (int i = 0; i < side; ++i) {
    const float place = (static_cast<float>(i) + 0.5F) * 2.0F / static_cast<float>(side) - 1.0F;
    const float at = (scale * place + shift + 1.0F) * 0.5F * static_cast<float>(side) - 0.5F;
    if (!(at >= 0.0F && at <= last)) continue;
    const int cell = std::min(static_cast<int>(at), side - 2);
    axis.cell[static_cast<std::size_t>(i)] = cell;
    axis.share[static_cast<std::size_t>(i)] = at - static_cast<float>(cell);
    axis.begin = std::min(axis.begin, i);
    axis.end = i + 1;
  }
  axis.begin = std::min(axis.begin, axis.end);
}

}  // namespace

void lay_over(const Level& second, const Placement& placement, Overlay& overlay) {
  place_axis(second.side, placement.scale_x, placement.shift_x, overlay.columns);
  place_axis(second.side, placement.scale_y, placement.shift_y, overlay.rows);
  const OverlayAxis& columns = overlay.columns;
  const OverlayAxis& rows = overlay.rows;
  if (overlay.count() <= 0) return;
  // Rows of the second picture resampled along the columns; each serves the rows of cells beside it.
  using Row = std::array<float, PictureSquare::side>;
  std::array<Row, 2> resampled{};
  std::array<int, 2> from = {-1, -1};
  const auto resample = [&](int row) -> const Row& {
    const auto slot = static_cast<std::size_t>(row % 2);
    if (from[slot] == row) return resampled[slot];
    from[slot] = row;
    const float* values = second.row(row);
    for (int x = columns.begin; x < columns.end; ++x) {
      const auto i = static_cast<std::size_t>(x);
      const float* at = values + columns.cell[i];
      resampled[slot][i] = at[0] + columns.share[i] * (at[1] - at[0]);
    }
    return resampled[slot];
  };
  for (int y = rows.begin; y < rows.end; ++y) {
    const int cell = rows.cell[static_cast<std::size_t>(y)];
    const Row& above = resample(cell);
    const Row& below = resample(cell + 1);
    const float down = rows.share[static_cast<std::size_t>(y)];
    float* to = overlay.second.data() + static_cast<std::ptrdiff_t>(y) * second.side;
    for (int x = columns.begin; x < columns.end; ++x) {
      const auto i = static_cast<std::size_t>(x);
      to[x] = above[i] + down * (below[i] - above[i]);
    }
  }
}

float OverlayMoments::gain() const { return std::clamp(both / (first + 1e-3F), 0.6F, 1.6F); }

OverlayMoments moments(const Level& first, const Overlay& overlay) {
  constexpr int kLanes = 4;
  using Lanes = Eigen::Array<float, kLanes, 1>;
  Lanes a = Lanes::Zero();
  Lanes b = Lanes::Zero();
  Lanes aa = Lanes::Zero();
  Lanes bb = Lanes::Zero();
  Lanes ab = Lanes::Zero();
  // About the middle of the grey scale, so that float sums of squares lose nothing that matters.
  const auto add = [&](const Lanes& own, const Lanes& other) {
    a += own;
    b += other;
    aa += own * own;
    bb += other * other;
    ab += own * other;
  };
  for (int y = overlay.rows.begin; y < overlay.rows.end; ++y) {
    const float* own = first.row(y);
    const float* other = overlay.second.data() + static_cast<std::ptrdiff_t>(y) * first.side;
    int x = overlay.columns.begin;
    for (; x + kLanes <= overlay.columns.end; x += kLanes) {
      add(Eigen::Map<const Lanes>(own + x) - 128.0F, Eigen::Map<const Lanes>(other + x) - 128.0F);
    }
    for (; x < overlay.columns.end; ++x) {
      add(Lanes(own[x] - 128.0F, 0.0F, 0.0F, 0.0F), Lanes(other[x] - 128.0F, 0.0F, 0.0F, 0.0F));
    }
  }
  OverlayMoments sums;
  if (overlay.count() <= 0) return sums;
  const auto count = static_cast<float>(overlay.count());
  const float own = a.sum();
  const float other = b.sum();
  sums.first_mean = own / count + 128.0F;
  sums.second_mean = other / count + 128.0F;
  sums.first = std::max(0.0F, aa.sum() - own * (own / count));
  sums.second = std::max(0.0F, bb.sum() - other * (other / count));
  sums.both = ab.sum() - own * (other / count);
  return sums;
}

}  // namespace clipcluster::internal
