#include "duplicates/alignment.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

namespace clipcluster::internal {
namespace {

float place_of(int cell, int side) {
  return (static_cast<float>(cell) + 0.5F) * 2.0F / static_cast<float>(side) - 1.0F;
}

// A plain picture has no slopes, and nothing to place it by.
float damping(int side) { return 0.1F * static_cast<float>(side); }

bool too_little(const Level& level, const Overlay& overlay) {
  return static_cast<std::size_t>(overlay.count()) * 4 < level.values.size();
}

Overlay& own_overlay() {
  thread_local Overlay overlay;
  return overlay;
}

// second(p(x)) = first(x + d(x)): the new placement is p after the inverse of x + d(x). False when it
// hardly moved.
bool apply(const Eigen::Vector4f& change, Placement& p) {
  constexpr float kLongestStep = 0.15F;
  const Eigen::Vector4f d = change.cwiseMax(-kLongestStep).cwiseMin(kLongestStep);
  p.scale_x = std::clamp(p.scale_x / (1.0F + d[0]), 0.6F, 1.7F);
  p.scale_y = std::clamp(p.scale_y / (1.0F + d[1]), 0.6F, 1.7F);
  p.shift_x = std::clamp(p.shift_x - p.scale_x * d[2], -0.6F, 0.6F);
  p.shift_y = std::clamp(p.shift_y - p.scale_y * d[3], -0.6F, 0.6F);
  constexpr float kSettled = 5e-4F;
  return d.cwiseAbs().maxCoeff() > kSettled;
}

Eigen::Vector4f coarse_change(const Template& first, const Overlay& overlay) {
  const Level& level = first.pyramid[0];
  const OverlayMoments sums = moments(level, overlay);
  const float gain = sums.gain();
  Eigen::Vector4f target = Eigen::Vector4f::Zero();
  for (int y = overlay.rows.begin; y < overlay.rows.end; ++y) {
    const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(y) * level.side;
    for (int x = overlay.columns.begin; x < overlay.columns.end; ++x) {
      const auto i = static_cast<std::size_t>(row + x);
      const float rest =
          (overlay.second[i] - sums.second_mean) - gain * (level.values[i] - sums.first_mean);
      for (int k = 0; k < 4; ++k) target[k] += rest * first.changes[static_cast<std::size_t>(k)][i];
    }
  }
  return first.inverse * target / gain;
}

using Lanes = Eigen::Array4f;

// Sums over a row of cells, of weighted products of the slopes u, v and the rest r with the column's place
// X: what the normal equations are made of, the row's place being one number.
struct RowSums {
  Lanes uuxx = Lanes::Zero();
  Lanes uux = Lanes::Zero();
  Lanes uu = Lanes::Zero();
  Lanes uvx = Lanes::Zero();
  Lanes uv = Lanes::Zero();
  Lanes vv = Lanes::Zero();
  Lanes rux = Lanes::Zero();
  Lanes ru = Lanes::Zero();
  Lanes rv = Lanes::Zero();

  void add(const Lanes& weight, const Lanes& rest, const Lanes& u, const Lanes& v, const Lanes& x) {
    const Lanes wu = weight * u;
    const Lanes wv = weight * v;
    const Lanes wuu = wu * u;
    const Lanes wuux = wuu * x;
    const Lanes wuv = wu * v;
    const Lanes wru = wu * rest;
    uuxx += wuux * x;
    uux += wuux;
    uu += wuu;
    uvx += wuv * x;
    uv += wuv;
    vv += wv * v;
    rux += wru * x;
    ru += wru;
    rv += wv * rest;
  }
};

struct NormalEquations {
  Eigen::Matrix4f products = Eigen::Matrix4f::Zero();  // the upper half
  Eigen::Vector4f target = Eigen::Vector4f::Zero();

  // y: the row's place.
  void add(const RowSums& row, float y) {
    const float uux = row.uux.sum();
    const float uvx = row.uvx.sum();
    const float uv = row.uv.sum();
    const float vv = row.vv.sum();
    products(0, 0) += row.uuxx.sum();
    products(0, 1) += y * uvx;
    products(0, 2) += uux;
    products(0, 3) += uvx;
    products(1, 1) += y * y * vv;
    products(1, 2) += y * uv;
    products(1, 3) += y * vv;
    products(2, 2) += row.uu.sum();
    products(2, 3) += uv;
    products(3, 3) += vv;
    const float rv = row.rv.sum();
    target += Eigen::Vector4f(row.rux.sum(), y * rv, row.ru.sum(), rv);
  }
};

struct Columns {
  std::array<float, PictureSquare::side> place{};
  std::array<float, PictureSquare::side> inside{};  // 1 in the common area, 0 elsewhere
};

Columns columns_of(const OverlayAxis& axis, int side) {
  Columns columns;
  for (int x = 0; x < side; ++x) {
    const auto i = static_cast<std::size_t>(x);
    columns.place[i] = place_of(x, side);
    columns.inside[i] = x >= axis.begin && x < axis.end ? 1.0F : 0.0F;
  }
  return columns;
}

Lanes lanes(const float* from) { return Eigen::Map<const Lanes>(from); }

Eigen::Vector4f fine_change(const Level& level, const Slopes& slopes, const Overlay& overlay) {
  const OverlayMoments sums = moments(level, overlay);
  const float gain = sums.gain();
  // The mean square of the differences, about 1 grey level at least, is where the Cauchy weights are 1/2.
  const float squares = sums.second - 2.0F * gain * sums.both + gain * gain * sums.first;
  const float width = std::max(0.0F, squares) / static_cast<float>(overlay.count()) + 1.0F;
  const float offset = sums.second_mean - gain * sums.first_mean;
  const Columns columns = columns_of(overlay.columns, level.side);
  NormalEquations equations;
  for (int y = overlay.rows.begin; y < overlay.rows.end; ++y) {
    RowSums row;
    for (int x = 0; x < level.side; x += 4) {
      const auto column = static_cast<std::size_t>(x);
      const auto i = static_cast<std::size_t>(y * level.side + x);
      const Lanes rest = lanes(overlay.second.data() + i) - gain * lanes(level.values.data() + i) - offset;
      const Lanes weight = lanes(columns.inside.data() + column) * width / (width + rest * rest);
      row.add(weight, rest, lanes(slopes.x.data() + i), lanes(slopes.y.data() + i),
              lanes(columns.place.data() + column));
    }
    equations.add(row, place_of(y, level.side));
  }
  Eigen::Matrix4f products = equations.products.selfadjointView<Eigen::Upper>();
  products = gain * gain * products + Eigen::Matrix4f::Identity() * damping(level.side);
  return products.ldlt().solve(gain * equations.target);
}

}  // namespace

Template make_template(const PictureSquare& square) {
  Template made;
  made.pyramid = make_pyramid(square);
  made.colours = colour_levels(square);
  made.aspect = square.aspect;
  for (std::size_t i = 0; i < 3; ++i) made.slopes[i] = slopes_of(made.pyramid[i]);
  const int side = made.pyramid[0].side;
  const Slopes& slopes = made.slopes[0];
  Eigen::Matrix4f products = Eigen::Matrix4f::Identity() * damping(side);
  for (std::size_t i = 0; i < slopes.x.size(); ++i) {
    const float x = place_of(static_cast<int>(i) % side, side);
    const float y = place_of(static_cast<int>(i) / side, side);
    const Eigen::Vector4f change(slopes.x[i] * x, slopes.y[i] * y, slopes.x[i], slopes.y[i]);
    for (int k = 0; k < 4; ++k) made.changes[static_cast<std::size_t>(k)].push_back(change[k]);
    products += change * change.transpose();
  }
  made.inverse = products.inverse();
  return made;
}

void place_coarsely(const Template& first, const Level& second, int steps, Placement& placement) {
  Overlay& overlay = own_overlay();
  for (int step = 0; step < steps; ++step) {
    lay_over(second, placement, overlay);
    if (too_little(second, overlay)) return;
    if (!apply(coarse_change(first, overlay), placement)) return;
  }
}

void place_finely(const Template& first, const Level& second, std::size_t level, int steps,
                  Placement& placement) {
  Overlay& overlay = own_overlay();
  for (int step = 0; step < steps; ++step) {
    lay_over(second, placement, overlay);
    if (too_little(second, overlay)) return;
    if (!apply(fine_change(first.pyramid[level], first.slopes[level], overlay), placement)) return;
  }
}

float correlation(const Level& first, const Level& second, const Placement& placement) {
  Overlay& overlay = own_overlay();
  lay_over(second, placement, overlay);
  if (too_little(second, overlay)) return 0.0F;
  const OverlayMoments sums = moments(first, overlay);
  const float product = sums.first * sums.second;
  return product <= 0.0F ? 0.0F : sums.both / std::sqrt(product);
}

}  // namespace clipcluster::internal
