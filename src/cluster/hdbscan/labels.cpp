#include "cluster/hdbscan/labels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clipcluster::hdbscan {

std::vector<std::int32_t> labels_of_clusters(const ClusterTree& tree,
                                             std::span<const std::int32_t> selected) {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(tree.size()), -1);
  for (std::size_t i = 0; i < selected.size(); ++i) {
    labels[static_cast<std::size_t>(selected[i])] = static_cast<std::int32_t>(i);
  }
  // Parents come first.
  for (std::int32_t cluster = 1; cluster < tree.size(); ++cluster) {
    std::int32_t& label = labels[static_cast<std::size_t>(cluster)];
    if (label < 0) label = labels[static_cast<std::size_t>(tree[cluster].parent)];
  }
  return labels;
}

double least_lambda_in_root(const ClusterTree& tree, double cluster_selection_epsilon) {
  if (cluster_selection_epsilon != 0.0) return 1.0 / cluster_selection_epsilon;
  return tree[0].has_infinite_lambda ? std::numeric_limits<double>::infinity() : tree[0].greatest_lambda;
}

double membership_probability(const ClusterTree::Cluster& cluster, double lambda) {
  if (!std::isfinite(lambda) || cluster.greatest_lambda == 0.0) return 1.0;
  return std::min(lambda, cluster.greatest_lambda) / cluster.greatest_lambda;
}

Membership label_points(std::span<const CondensedRow> rows, const ClusterTree& tree,
                        std::span<const std::int32_t> selected, double cluster_selection_epsilon) {
  const auto n = static_cast<std::size_t>(tree.root_id());
  Membership result{std::vector<std::int32_t>(n, -1), std::vector<double>(n, 0.0)};
  const std::vector<std::int32_t> cluster_labels = labels_of_clusters(tree, selected);
  const bool root_selected = !selected.empty() && selected[0] == 0;
  const double least = root_selected ? least_lambda_in_root(tree, cluster_selection_epsilon) : 0.0;
  for (const CondensedRow& row : rows) {
    if (tree.is_cluster(row.child)) continue;
    const std::int32_t label = cluster_labels[static_cast<std::size_t>(tree.number_of(row.parent))];
    if (label < 0 || row.lambda < least) continue;
    const auto point = static_cast<std::size_t>(row.child);
    result.labels[point] = label;
    result.probabilities[point] =
        membership_probability(tree[selected[static_cast<std::size_t>(label)]], row.lambda);
  }
  return result;
}

}  // namespace clipcluster::hdbscan
