#include "neighbors/checks.h"

#include <fmt/format.h>

#include <limits>

namespace clipcluster::neighbors {

Status check_search(MatrixView<const float> points, const NeighborOptions& options) {
  if (points.rows() == 0) return Status::invalid_argument("there are no points to find neighbours among");
  if (points.cols() == 0) return Status::invalid_argument("the points have no columns");
  if (points.rows() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return Status::unsupported(fmt::format(
        "{} points are more than the 2147483647 that can be numbered: use fewer", points.rows()));
  }
  if (options.k < 1) {
    return Status::invalid_argument(fmt::format("k = {} neighbours: k must be at least 1", options.k));
  }
  return {};
}

}  // namespace clipcluster::neighbors
