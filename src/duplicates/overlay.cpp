#include "duplicates/overlay.h"

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

void lay_over(const GreyLevel& second, const Placement& placement, Overlay& overlay) {
  place_axis(second.side, placement.scale_x, placement.shift_x, overlay.columns);
  place_axis(second.side, placement.scale_y, placement.shift_y, overlay.rows);
  for (int y = overlay.rows.begin; y < overlay.rows.end; ++y) {
    const float* upper = second.row(overlay.rows.cell[static_cast<std::size_t>(y)]);
    const float* lower = upper + second.side;
    const float down = overlay.rows.share[static_cast<std::size_t>(y)];
    float* to = overlay.second.data() + static_cast<std::ptrdiff_t>(y) * second.side;
    for (int x = overlay.columns.begin; x < overlay.columns.end; ++x) {
      const int cell = overlay.columns.cell[static_cast<std::size_t>(x)];
      const float right = overlay.columns.share[static_cast<std::size_t>(x)];
      const float above = upper[cell] + right * (upper[cell + 1] - upper[cell]);
      const float below = lower[cell] + right * (lower[cell + 1] - lower[cell]);
      to[x] = above + down * (below - above);
    }
  }
}

float OverlayMoments::gain() const { return std::clamp(both / (first + 1e-3F), 0.5F, 2.0F); }

OverlayMoments moments(const GreyLevel& first, const Overlay& overlay) {
  float a = 0.0F;
  float b = 0.0F;
  float aa = 0.0F;
  float bb = 0.0F;
  float ab = 0.0F;
  for (int y = overlay.rows.begin; y < overlay.rows.end; ++y) {
    const float* own = first.row(y);
    const float* other = overlay.second.data() + static_cast<std::ptrdiff_t>(y) * first.side;
    float row_a = 0.0F;
    float row_b = 0.0F;
    float row_aa = 0.0F;
    float row_bb = 0.0F;
    float row_ab = 0.0F;
    for (int x = overlay.columns.begin; x < overlay.columns.end; ++x) {
      // About the middle of the grey scale, so that float sums of squares lose nothing that matters.
      const float u = own[x] - 128.0F;
      const float v = other[x] - 128.0F;
      row_a += u;
      row_b += v;
      row_aa += u * u;
      row_bb += v * v;
      row_ab += u * v;
    }
    a += row_a;
    b += row_b;
    aa += row_aa;
    bb += row_bb;
    ab += row_ab;
  }
  OverlayMoments sums;
  const auto count = static_cast<float>(overlay.count());
  if (overlay.count() == 0) return sums;
  sums.first_mean = a / count + 128.0F;
  sums.second_mean = b / count + 128.0F;
  sums.first = std::max(0.0F, aa - a * (a / count));
  sums.second = std::max(0.0F, bb - b * (b / count));
  sums.both = ab - a * (b / count);
  return sums;
}

}  // namespace clipcluster::internal
