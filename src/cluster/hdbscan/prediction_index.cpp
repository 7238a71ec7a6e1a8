#include "cluster/hdbscan/prediction_index.h"

#include <algorithm>
#include <limits>

#include "cluster/hdbscan/finite_rows.h"
#include "cluster/hdbscan/labels.h"
#include "cluster/hdbscan/placed_points.h"

namespace clipcluster::hdbscan {
namespace {

std::vector<double> least_core_of_nodes(const KdTree& tree, const std::vector<double>& core_squared) {
  std::vector<double> least(tree.nodes().size(), std::numeric_limits<double>::infinity());
  for (std::size_t i = least.size(); i-- > 0;) {
    const KdTree::Node& node = tree.nodes()[i];
    if (!node.is_leaf()) {
      least[i] = std::min(least[i + 1], least[node.right]);
      continue;
    }
    const auto first = core_squared.begin() + static_cast<std::ptrdiff_t>(node.block_begin * kBlockSize);
    least[i] =
        *std::min_element(first, first + static_cast<std::ptrdiff_t>(tree.block_size(node.block_begin)));
  }
  return least;
}

KdTree tree_of(const HdbscanModel& model, std::vector<std::int32_t> order) {
  const SharedMatrix<double> placed = place_points(model.options.metric, model.points);
  const MatrixView<const double> points = placed;
  std::vector<std::int32_t> rows = finite_rows(points);
  if (rows.empty()) return {};
  const double scale = scale_for(points, rows);
  if (order.empty()) return KdTree(points, std::move(rows), scale);
  return KdTree::from_order(points, std::move(order), scale);
}

}  // namespace

std::shared_ptr<const HdbscanPredictionIndex> build_prediction_index(const HdbscanModel& model,
                                                                     std::vector<std::int32_t> order) {
  const auto n = static_cast<std::int32_t>(model.points.rows());
  auto index = std::make_shared<HdbscanPredictionIndex>(tree_of(model, std::move(order)),
                                                        ClusterTree(model.condensed_tree, n));
  index->parent.assign(model.points.rows(), 0);
  index->lambda.assign(model.points.rows(), 0.0);
  const DistanceUnits units(model.options.metric, index->tree.scale());
  for (const std::int32_t row : index->tree.order()) {
    index->core_squared.push_back(units.squared(model.core_distances[static_cast<std::size_t>(row)]));
  }
  index->node_core = least_core_of_nodes(index->tree, index->core_squared);
  for (const CondensedRow& row : model.condensed_tree) {
    if (index->clusters.is_cluster(row.child)) continue;
    index->parent[static_cast<std::size_t>(row.child)] = index->clusters.number_of(row.parent);
    index->lambda[static_cast<std::size_t>(row.child)] = row.lambda;
  }
  for (const std::int32_t id : model.cluster_ids) {
    index->selected.push_back(index->clusters.number_of(id));
  }
  index->label_of = labels_of_clusters(index->clusters, index->selected);
  if (!index->selected.empty() && index->selected[0] == 0) {
    index->least_in_root = least_lambda_in_root(index->clusters, model.options.cluster_selection_epsilon);
  }
  return index;
}

const MembershipData& membership_data(const HdbscanModel& model, const HdbscanPredictionIndex& index) {
  const std::lock_guard lock(index.lock);
  if (!index.membership) index.membership = prepare_membership(model, index.tree);
  return *index.membership;
}

}  // namespace clipcluster::hdbscan
