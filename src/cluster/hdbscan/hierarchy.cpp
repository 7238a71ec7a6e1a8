#include <algorithm>

#include "clipcluster/hdbscan.h"
#include "cluster/hdbscan/condensed_tree.h"

namespace clipcluster {
namespace {

using hdbscan::ClusterTree;

std::vector<std::int32_t> labels_in_tree(const ClusterTree& tree,
                                         std::span<const std::int32_t> cluster_ids) {
  std::vector<std::int32_t> label_of(static_cast<std::size_t>(tree.size()), -1);
  for (std::size_t label = 0; label < cluster_ids.size(); ++label) {
    label_of.at(static_cast<std::size_t>(tree.number_of(cluster_ids[label]))) =
        static_cast<std::int32_t>(label);
  }
  return label_of;
}

// For each cluster of the tree, how many of its children have a selected cluster at or below them.
// Children come after their parents, so one pass from the end sees them first.
std::vector<std::int32_t> branches_with_selected(const ClusterTree& tree,
                                                 const std::vector<std::int32_t>& label_of) {
  std::vector<std::int32_t> branches(label_of.size(), 0);
  for (std::int32_t c = tree.size() - 1; c > 0; --c) {
    const auto at = static_cast<std::size_t>(c);
    if (label_of[at] >= 0 || branches[at] > 0) ++branches[static_cast<std::size_t>(tree[c].parent)];
  }
  return branches;
}

// All children of a cluster are born at one lambda.
double splitting_distance(const ClusterTree& tree, std::int32_t cluster) {
  const std::vector<std::int32_t>& children = tree[cluster].children;
  const double lambda = children.empty() ? 0.0 : tree[children.front()].birth;
  return lambda > 0.0 ? 1.0 / lambda : 0.0;
}

}  // namespace

std::vector<HierarchyNode> cluster_hierarchy(std::span<const CondensedRow> rows, std::int32_t points,
                                             std::span<const std::int32_t> cluster_ids) {
  if (cluster_ids.empty()) return {};
  const ClusterTree tree(rows, points);
  const std::vector<std::int32_t> label_of = labels_in_tree(tree, cluster_ids);
  const std::vector<std::int32_t> branches = branches_with_selected(tree, label_of);
  std::vector<HierarchyNode> nodes;
  // Of each cluster of the tree, the lowest kept node at or above it.
  std::vector<std::int32_t> kept(label_of.size(), -1);
  for (std::int32_t c = 0; c < tree.size(); ++c) {
    const auto at = static_cast<std::size_t>(c);
    const std::int32_t above = c == 0 ? -1 : kept[static_cast<std::size_t>(tree[c].parent)];
    kept[at] = above;
    if (label_of[at] < 0 && branches[at] < 2) continue;
    kept[at] = static_cast<std::int32_t>(nodes.size());
    nodes.push_back(
        {above, label_of[at], branches[at] > 0 ? splitting_distance(tree, c) : 0.0, tree[c].size});
  }
  return nodes;
}

std::vector<HierarchyNode> cluster_hierarchy(const HdbscanModel& model) {
  return cluster_hierarchy(model.condensed_tree, static_cast<std::int32_t>(model.points.rows()),
                           model.cluster_ids);
}

}  // namespace clipcluster
