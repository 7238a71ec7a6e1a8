// Where points lie so that their Euclidean distances order as the metric does, and what a Euclidean
// distance there is in the metric. Cosine: on the unit sphere half the squared distance is
// 1 - cos, so the same trees serve; a zero vector gets a dimension of its own, which puts it at
// distance 1 from everything but another zero vector, as in nearest_neighbors.
#pragma once

#include <vector>

#include "clipcluster/hdbscan.h"

namespace clipcluster::hdbscan {

// Columns of placed points for `cols` of the given ones.
inline std::size_t placed_columns(Metric metric, std::size_t cols) {
  return metric == Metric::cosine ? cols + 1 : cols;
}
// point: [cols]; out: [placed_columns]. Not finite stays not finite.
void place_point(Metric metric, const double* point, std::size_t cols, double* out);

// The given points themselves where nothing moves, else a copy.
SharedMatrix<double> place_points(Metric metric, MatrixView<const double> points);

// Between squared distances of placed points, scaled by a power of two, and the metric's own.
class DistanceUnits {
 public:
  DistanceUnits(Metric metric, double scale) : metric_(metric), scale_(scale) {}
  double distance(double squared) const;
  double squared(double distance) const;
  double lambda(double squared) const { return 1.0 / distance(squared); }

 private:
  Metric metric_;
  double scale_;
};

}  // namespace clipcluster::hdbscan
