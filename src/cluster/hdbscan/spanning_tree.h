// The minimum spanning tree of the mutual reachability graph, unique under the order of
// edge_order.h.
#pragma once

#include <vector>

#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "cluster/hdbscan/core_distances.h"
#include "cluster/hdbscan/edge_order.h"
#include "cluster/hdbscan/kd_tree.h"

namespace clipcluster::hdbscan {

// Above this a kd-tree separates nothing, and Prim's O(n^2) is the faster exact way. The same
// border as scikit-learn-contrib/hdbscan.
inline constexpr std::size_t kMostTreeDimensions = 60;

// n - 1 edges, ascending.
Result<std::vector<RankedEdge>> minimum_spanning_tree(const KdTree& tree, const CoreDistances& cores,
                                                      Progress& progress);

Result<std::vector<RankedEdge>> boruvka_spanning_tree(const KdTree& tree, const CoreDistances& cores,
                                                      Progress& progress);
Result<std::vector<RankedEdge>> prim_spanning_tree(const KdTree& tree, const CoreDistances& cores,
                                                   Progress& progress);

}  // namespace clipcluster::hdbscan
