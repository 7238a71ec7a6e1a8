#include "neighbors/bounds.h"

#include <cmath>

namespace clipcluster::neighbors {
namespace {
constexpr double kUnit = 0x1p-24;
constexpr double kRoundUp = 1.0 + 1e-6;
}  // namespace

ErrorModel error_model(const PackedPoints& a, const PackedPoints& b, const Packing& packing) {
  const auto depth = static_cast<double>(packing.depth());
  const double gamma = 1.05 * (depth + 2.0) * kUnit;
  const double defect = packing.rotation.defect;
  // The residuals and norms are themselves rounded; a little more than enough.
  const double margin = 1.0 + 1e-5;
  ErrorModel model;
  model.relative =
      margin * ((1.0 + defect + a.residual) * (1.0 + defect + b.residual) * (1.0 + gamma) - 1.0 + defect);
  model.per_half_norm = 1.1 * (17.0 * depth / 16.0 + 68.0) * kUnit;
  return model;
}

RowBounds row_bounds(const PackedPoints& points, const ErrorModel& model) {
  const std::size_t count = points.padded_rows();
  RowBounds bounds;
  bounds.half_norms.resize(count);
  bounds.errors.resize(count);
  bounds.spread.resize(count);
  const double root = std::sqrt(model.relative) * kRoundUp;
  for (std::size_t i = 0; i < count; ++i) {
    const double half = points.half_squares[i];
    bounds.half_norms[i] = static_cast<float>(half * (1.0 - model.per_half_norm) - ErrorModel::slack);
    bounds.errors[i] = static_cast<float>(points.norms[i] * root);
    bounds.spread[i] = static_cast<float>(half * model.per_half_norm + ErrorModel::slack);
  }
  bounds.spread_per_square = static_cast<float>(1.001 * model.per_half_norm / 2.0 /
                                                model.relative);  // errors are at least root * N
  for (std::size_t s = 0; s + 1 < points.stages.size(); ++s) {
    std::vector<float> errors(count);
    for (std::size_t i = 0; i < count; ++i) {
      const double tail = points.stages[s].tails[i] + points.residual * points.norms[i];
      errors[i] = static_cast<float>(std::hypot(points.norms[i] * root, tail) * kRoundUp);
    }
    bounds.stage_errors.push_back(std::move(errors));
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
