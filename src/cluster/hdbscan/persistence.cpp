#include "cluster/hdbscan/persistence.h"

#include <algorithm>
#include <cmath>

namespace clipcluster::hdbscan {

std::vector<double> cluster_persistence(const ClusterTree& tree, const Selection& selection,
                                        std::span<const std::int32_t> labels) {
  double greatest = 0.0;
  for (std::int32_t cluster = 0; cluster < tree.size(); ++cluster) {
    greatest = std::max(greatest, tree[cluster].greatest_lambda);
  }
  std::vector<std::int64_t> members(selection.clusters.size(), 0);
  for (const std::int32_t label : labels) {
    if (label >= 0) ++members[static_cast<std::size_t>(label)];
  }
  std::vector<double> result(selection.clusters.size(), 1.0);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double most = static_cast<double>(members[i]) * greatest;
    if (most > 0.0 && std::isfinite(selection.stability[i])) result[i] = selection.stability[i] / most;
  }
  return result;
}

}  // namespace clipcluster::hdbscan
