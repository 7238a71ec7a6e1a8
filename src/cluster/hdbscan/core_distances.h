// Core distance: the distance to the min_samples-th neighbour, the point itself not counted.
#pragma once

#include <cstdint>
#include <vector>

#include "clipcluster/progress.h"
#include "cluster/hdbscan/flat_points.h"
#include "cluster/hdbscan/kd_tree.h"

namespace clipcluster::hdbscan {

struct Neighbor {
  double distance = 0.0;  // squared, scaled
  std::int32_t position = 0;
};

// Everything by position in the tree's order, distances squared and scaled.
struct CoreDistances {
  std::vector<double> squared;  // [n]
  // The nearest neighbours of each point, ascending by distance, the point itself left out.
  std::size_t neighbors_kept = 0;
  std::vector<Neighbor> neighbors;  // [n, neighbors_kept]
};

inline constexpr std::size_t kMostNeighborsKept = 16;

// 1 <= min_samples <= n - 1. Keeps at most `keep` neighbours of each point, and no more than
// kMostNeighborsKept.
Result<CoreDistances> compute_core_distances(const KdTree& tree, int min_samples, std::size_t keep,
                                             Progress& progress);
// The same by looking at all pairs; positions are those of the tree that `points` came from.
Result<CoreDistances> compute_core_distances(const FlatPoints& points, int min_samples, std::size_t keep,
                                             Progress& progress);

// The k nearest points of the tree to `query` ([d], scaled), ascending by (distance, id);
// 1 <= k <= n.
std::vector<Neighbor> nearest_neighbors(const KdTree& tree, const double* query, std::size_t k);

}  // namespace clipcluster::hdbscan
