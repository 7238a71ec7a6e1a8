#include "tuning/intrinsic_dimension.h"

#include <algorithm>
#include <cmath>

namespace clipcluster::tuning {

double intrinsic_dimension(const NeighborLists& neighbors, std::size_t k, Metric metric) {
  k = std::min(k, neighbors.distances.cols());
  double sum = 0.0;
  std::size_t terms = 0;
  for (std::size_t i = 0; i < neighbors.distances.rows(); ++i) {
    const float* distances = neighbors.distances.row(i);
    // An exact copy says nothing about dimensions.
    if (k < 3 || !(distances[1] > 0.0F)) continue;
    const double farthest = distances[k - 1];
    for (std::size_t j = 1; j + 1 < k; ++j) sum += std::log(farthest / distances[j]);
    terms += k - 2;
  }
  if (!(sum > 0.0)) return 0.0;
  const double dimension = static_cast<double>(terms) / sum;
  // The cosine distance grows with the square of the distance between directions.
  return metric == Metric::cosine ? 2.0 * dimension : dimension;
}

}  // namespace clipcluster::tuning
