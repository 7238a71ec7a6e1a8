#include "cluster/hdbscan/outlier_scores.h"

#include <algorithm>
#include <cmath>

namespace clipcluster::hdbscan {
namespace {

// The greatest finite lambda in each cluster's whole subtree.
std::vector<double> greatest_below(const ClusterTree& tree) {
  std::vector<double> greatest(static_cast<std::size_t>(tree.size()));
  for (std::int32_t cluster = tree.size() - 1; cluster >= 0; --cluster) {
    double& value = greatest[static_cast<std::size_t>(cluster)];
    value = tree[cluster].greatest_lambda;
    for (const std::int32_t child : tree[cluster].children) {
      value = std::max(value, greatest[static_cast<std::size_t>(child)]);
    }
  }
  return greatest;
}

}  // namespace

std::vector<double> outlier_scores(std::span<const CondensedRow> rows, const ClusterTree& tree) {
  const std::vector<double> greatest = greatest_below(tree);
  std::vector<double> scores(static_cast<std::size_t>(tree.root_id()), 0.0);
  for (const CondensedRow& row : rows) {
    if (tree.is_cluster(row.child) || !std::isfinite(row.lambda)) continue;
    const double most = greatest[static_cast<std::size_t>(tree.number_of(row.parent))];
    if (most > 0.0) scores[static_cast<std::size_t>(row.child)] = (most - row.lambda) / most;
  }
  return scores;
}

}  // namespace clipcluster::hdbscan
