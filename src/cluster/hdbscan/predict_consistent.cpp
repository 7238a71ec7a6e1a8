// PredictionRule::consistent: where the point would hang in the fit's tree.
#include <algorithm>
#include <cmath>
#include <limits>

#include "cluster/hdbscan/core_distances.h"
#include "cluster/hdbscan/edge_order.h"
#include "cluster/hdbscan/labels.h"
#include "cluster/hdbscan/options.h"
#include "cluster/hdbscan/placed_points.h"
#include "cluster/hdbscan/prediction_index.h"

namespace clipcluster::hdbscan {
namespace {

struct MutualNeighbor {
  double weight = std::numeric_limits<double>::infinity();  // squared, scaled
  double distance = std::numeric_limits<double>::infinity();
  std::int32_t row = std::numeric_limits<std::int32_t>::max();
};

// The edge that would tie the point to the spanning tree, in the order of edge_order.h; the point's
// own number would be the largest.
MutualNeighbor nearest_by_mutual_reachability(const HdbscanPredictionIndex& index, const double* point,
                                              double core_squared) {
  const KdTree& tree = index.tree;
  const BlockDistances measure = block_kernels().distances;
  MutualNeighbor best;
  const auto precedes = [&best](double weight, double distance, std::int32_t row) {
    if (weight != best.weight) return weight < best.weight;
    if (distance != best.distance) return distance < best.distance;
    return row < best.row;
  };
  visit_near(
      tree, point, point,
      [&](std::size_t node, double distance) {
        const double weight = std::max({distance, core_squared, index.node_core[node]});
        return !precedes(weight, distance, tree.nodes()[node].smallest_id);
      },
      [&](std::size_t, std::size_t block) {
        double distances[kBlockSize];
        measure(point, tree.block(block), tree.dims(), 0.0, distances);
        for (std::size_t j = 0; j < tree.block_size(block); ++j) {
          const std::size_t position = block * kBlockSize + j;
          const double weight = std::max({distances[j], core_squared, index.core_squared[position]});
          if (precedes(weight, distances[j], tree.id(position))) {
            best = {weight, distances[j], tree.id(position)};
          }
        }
      });
  return best;
}

// The cluster that the points of `cluster` belong to at `lambda`.
std::int32_t cluster_at(const ClusterTree& clusters, std::int32_t cluster, double lambda) {
  while (cluster != 0 && clusters[cluster].birth >= lambda) cluster = clusters[cluster].parent;
  return cluster;
}

}  // namespace

PlaceInTree place_consistent(const HdbscanModel& model, const HdbscanPredictionIndex& index,
                             const double* point) {
  const KdTree& tree = index.tree;
  const auto place_of = [&](std::size_t row) {
    return PlaceInTree{index.parent[row], index.lambda[row], model.labels[row], model.probabilities[row]};
  };
  const auto rank = static_cast<std::size_t>(effective_min_samples(model.options, tree.size()));
  const std::vector<Neighbor> neighbors = nearest_neighbors(tree, point, std::min(rank, tree.size()));
  const std::int32_t nearest = tree.id(static_cast<std::size_t>(neighbors.front().position));
  const DistanceUnits units(model.options.metric, tree.scale());
  if (units.distance(neighbors.front().distance) == 0.0) return place_of(static_cast<std::size_t>(nearest));
  const MutualNeighbor neighbor = nearest_by_mutual_reachability(index, point, neighbors.back().distance);
  if (!std::isfinite(neighbor.weight)) return {};
  const auto row = static_cast<std::size_t>(neighbor.row);
  const double joins = units.lambda(neighbor.weight);
  // It cannot stay longer than what it hangs on.
  if (joins >= index.lambda[row]) return place_of(row);
  PlaceInTree place;
  place.parent = cluster_at(index.clusters, index.parent[row], joins);
  place.lambda = joins;
  const std::int32_t label = index.label_of[static_cast<std::size_t>(place.parent)];
  if (label < 0 || joins < index.least_in_root) return place;
  place.label = label;
  place.probability =
      membership_probability(index.clusters[index.selected[static_cast<std::size_t>(label)]], joins);
  return place;
}

Prediction predict_consistent(const HdbscanModel& model, const HdbscanPredictionIndex& index,
                              const double* point) {
  const PlaceInTree place = place_consistent(model, index, point);
  return {place.label, place.probability};
}

}  // namespace clipcluster::hdbscan
