// Exemplars: the points that stay longest in the leaves below a cluster. hdbscan's exemplars_.
#include "clipcluster/hdbscan.h"
#include "cluster/hdbscan/condensed_tree.h"
#include "cluster/hdbscan/labels.h"

#include <algorithm>

namespace clipcluster {

std::vector<std::vector<std::int32_t>> exemplars(const HdbscanModel& model) {
  const auto n = static_cast<std::int32_t>(model.points.rows());
  const hdbscan::ClusterTree tree(model.condensed_tree, n);
  std::vector<std::int32_t> selected;
  for (const std::int32_t id : model.cluster_ids) selected.push_back(tree.number_of(id));
  const std::vector<std::int32_t> label_of = hdbscan::labels_of_clusters(tree, selected);
  // Of each leaf, infinity included: exact duplicates are its exemplars where there are any.
  std::vector<double> greatest(static_cast<std::size_t>(tree.size()), 0.0);
  for (const CondensedRow& row : model.condensed_tree) {
    double& most = greatest[static_cast<std::size_t>(tree.number_of(row.parent))];
    if (!tree.is_cluster(row.child)) most = std::max(most, row.lambda);
  }
  std::vector<std::vector<std::int32_t>> result(selected.size());
  for (const CondensedRow& row : model.condensed_tree) {
    const std::int32_t leaf = tree.number_of(row.parent);
    const std::int32_t label = label_of[static_cast<std::size_t>(leaf)];
    if (label < 0 || tree.is_cluster(row.child) || !tree[leaf].children.empty()) continue;
    if (row.lambda == greatest[static_cast<std::size_t>(leaf)]) {
      result[static_cast<std::size_t>(label)].push_back(row.child);
    }
  }
  for (auto& rows : result) std::sort(rows.begin(), rows.end());
  return result;
}

}  // namespace clipcluster
