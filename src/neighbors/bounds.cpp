#include "neighbors/bounds.h"

#include <cmath>

namespace clipcluster::neighbors {
namespace {
constexpr double kUnit = 0x1p-24;
}

ErrorModel error_model(const PackedPoints& a, const PackedPoints& b, const Packing& packing) {
  const auto depth = static_cast<double>(packing.depth());
  const double gamma = 1.05 * (depth + 2.0) * kUnit;
  // The residuals and norms are themselves rounded; a little more than enough.
  const double margin = 1.0 + 1e-5;
  ErrorModel model;
  model.relative = margin * ((1.0 + a.residual) * (1.0 + b.residual) * (1.0 + gamma) - 1.0);
  model.per_half_norm = 1.1 * (depth / 16.0 + 64.0) * kUnit;
  return model;
}

RowBounds row_bounds(const PackedPoints& points, const ErrorModel& model) {
  const std::size_t count = points.padded_rows();
  RowBounds bounds{std::vector<float>(count), std::vector<float>(count), std::vector<float>(count)};
  const double root = std::sqrt(model.relative) * (1.0 + 1e-6);
  for (std::size_t i = 0; i < count; ++i) {
    const double half = points.half_squares[i];
    bounds.half_norms[i] = static_cast<float>(half * (1.0 - model.per_half_norm) - ErrorModel::slack);
    bounds.errors[i] = static_cast<float>(points.norms[i] * root);
    bounds.spread[i] = static_cast<float>(half * model.per_half_norm + ErrorModel::slack);
  }
  return bounds;
}

bool bounds_hold(const PackedPoints& points) {
  constexpr float kMost = 1e36F;
  for (std::size_t i = 0; i < points.rows; ++i) {
    if (!(points.half_squares[i] < kMost)) return false;
  }
  return true;
}

}  // namespace clipcluster::neighbors
