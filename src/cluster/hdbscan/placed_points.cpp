#include "cluster/hdbscan/placed_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "clipcluster/parallel.h"

namespace clipcluster::hdbscan {
namespace {

// Below this two directions differ by no more than rounding: they are equal.
constexpr double kEqualDirections = 1e-30;

void place_on_sphere(const double* point, std::size_t cols, double* out) {
  double largest = 0.0;
  for (std::size_t j = 0; j < cols; ++j) {
    if (!std::isfinite(point[j])) {
      std::fill_n(out, cols + 1, std::numeric_limits<double>::quiet_NaN());
      return;
    }
    largest = std::max(largest, std::abs(point[j]));
  }
  out[cols] = largest == 0.0 ? 1.0 : 0.0;
  if (largest == 0.0) {
    std::fill_n(out, cols, 0.0);
    return;
  }
  // A power of two first, so that squares neither overflow nor vanish.
  const int exponent = std::ilogb(largest);
  double squares = 0.0;
  for (std::size_t j = 0; j < cols; ++j) {
    out[j] = std::scalbn(point[j], -exponent);
    squares += out[j] * out[j];
  }
  const double length = std::sqrt(squares);
  for (std::size_t j = 0; j < cols; ++j) out[j] /= length;
}

}  // namespace

void place_point(Metric metric, const double* point, std::size_t cols, double* out) {
  if (metric == Metric::cosine) {
    place_on_sphere(point, cols, out);
  } else {
    std::copy_n(point, cols, out);
  }
}

SharedMatrix<double> place_points(Metric metric, MatrixView<const double> points) {
  if (metric == Metric::euclidean) return SharedMatrix<double>::borrow(points);
  Matrix<double> placed(points.rows(), placed_columns(metric, points.cols()));
  parallel_for(points.rows(), 1024, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      place_point(metric, points.row(i), points.cols(), placed.row(i));
    }
  });
  return placed;
}

double DistanceUnits::distance(double squared) const {
  if (metric_ == Metric::euclidean) return std::sqrt(squared) / scale_;
  const double cosine = squared / (scale_ * scale_) / 2.0;
  return cosine < kEqualDirections ? 0.0 : cosine;
}

double DistanceUnits::squared(double distance) const {
  if (metric_ == Metric::cosine) return 2.0 * distance * scale_ * scale_;
  const double scaled = distance * scale_;
  return scaled * scaled;
}

}  // namespace clipcluster::hdbscan
