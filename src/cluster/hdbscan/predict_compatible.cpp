// PredictionRule::compatible: hdbscan.approximate_predict, kept as it is. It differs from the fit
// in three ways: the stored core distances count the point itself, so they are one rank below the
// fit's; the new point's own is one rank above those; and only the 2 * min_samples nearest points
// are looked at.
#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "cluster/hdbscan/core_distances.h"
#include "cluster/hdbscan/options.h"
#include "cluster/hdbscan/placed_points.h"
#include "cluster/hdbscan/prediction_index.h"

namespace clipcluster::hdbscan {
namespace {

// hdbscan finds the selected clusters again from the labels: the least parent id of each label's
// points.
std::vector<std::int32_t> clusters_from_labels(const HdbscanModel& model,
                                               const HdbscanPredictionIndex& index) {
  std::vector<std::int32_t> least(model.cluster_ids.size(), index.clusters.size());
  for (std::size_t row = 0; row < model.labels.size(); ++row) {
    if (model.labels[row] < 0) continue;
    std::int32_t& cluster = least[static_cast<std::size_t>(model.labels[row])];
    cluster = std::min(cluster, index.parent[row]);
  }
  return least;
}

double greatest_lambda_of(const ClusterTree::Cluster& cluster) {
  return cluster.has_infinite_lambda ? std::numeric_limits<double>::infinity() : cluster.greatest_lambda;
}

// The first of the neighbours at the least mutual reachability distance, squared in `weight`.
std::size_t nearest_of(const std::vector<Neighbor>& neighbors, const CompatibleData& data, double core,
                       double& weight) {
  std::size_t best = 0;
  weight = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < neighbors.size(); ++i) {
    const double mutual = std::max(
        {neighbors[i].distance, core, data.core_squared[static_cast<std::size_t>(neighbors[i].position)]});
    if (mutual < weight) {
      weight = mutual;
      best = i;
    }
  }
  return best;
}

}  // namespace

namespace {

CompatibleData prepare_compatible(const HdbscanModel& model, const HdbscanPredictionIndex& index) {
  CompatibleData data;
  const int rank = effective_min_samples(model.options, index.tree.size()) - 1;
  data.core_squared.assign(index.tree.size(), 0.0);
  if (rank >= 1) {
    // Nothing can cancel it.
    data.core_squared = compute_core_distances(index.tree, rank, 1, Progress::none()).value().squared;
  }
  data.label_of.assign(static_cast<std::size_t>(index.clusters.size()), -1);
  data.greatest_lambda.assign(data.label_of.size(), 0.0);
  const std::vector<std::int32_t> selected = clusters_from_labels(model, index);
  for (std::size_t label = 0; label < selected.size(); ++label) {
    if (selected[label] == index.clusters.size()) continue;
    const auto cluster = static_cast<std::size_t>(selected[label]);
    data.label_of[cluster] = static_cast<std::int32_t>(label);
    data.greatest_lambda[cluster] = greatest_lambda_of(index.clusters[selected[label]]);
  }
  for (std::int32_t cluster = 1; cluster < index.clusters.size(); ++cluster) {
    const auto at = static_cast<std::size_t>(cluster);
    const auto above = static_cast<std::size_t>(index.clusters[cluster].parent);
    if (data.label_of[at] >= 0) continue;
    data.label_of[at] = data.label_of[above];
    data.greatest_lambda[at] = data.greatest_lambda[above];
  }
  return data;
}

}  // namespace

const CompatibleData& compatible_data(const HdbscanModel& model, const HdbscanPredictionIndex& index) {
  const std::lock_guard lock(index.lock);
  if (!index.compatible) index.compatible = prepare_compatible(model, index);
  return *index.compatible;
}

Prediction predict_compatible(const HdbscanModel& model, const HdbscanPredictionIndex& index,
                              const CompatibleData& data, const double* point) {
  if (index.clusters.size() == 1) return {};
  const KdTree& tree = index.tree;
  const auto min_samples = static_cast<std::size_t>(requested_min_samples(model.options));
  const std::vector<Neighbor> neighbors =
      nearest_neighbors(tree, point, std::min(2 * min_samples, tree.size()));
  const double core = neighbors[std::min(min_samples, neighbors.size() - 1)].distance;
  double weight = 0.0;
  const std::size_t nearest = nearest_of(neighbors, data, core, weight);
  const auto row = static_cast<std::size_t>(tree.id(static_cast<std::size_t>(neighbors[nearest].position)));
  const double joins = DistanceUnits(model.options.metric, tree.scale()).lambda(weight);
  const double lambda = std::isfinite(joins) ? joins : std::numeric_limits<double>::max();
  std::int32_t cluster = index.parent[row];
  if (index.lambda[row] > lambda) {
    while (cluster != 0 && index.clusters[cluster].birth >= lambda)
      cluster = index.clusters[cluster].parent;
  }
  const std::int32_t label = data.label_of[static_cast<std::size_t>(cluster)];
  if (label < 0) return {};
  const double greatest = data.greatest_lambda[static_cast<std::size_t>(cluster)];
  return {label, greatest > 0.0 ? std::min(greatest, lambda) / greatest : 1.0};
}

}  // namespace clipcluster::hdbscan
