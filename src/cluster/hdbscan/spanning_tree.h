// The minimum spanning tree of the mutual reachability graph, unique under the order of
// edge_order.h.
#pragma once

#include <vector>

#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "cluster/hdbscan/core_distances.h"
#include "cluster/hdbscan/edge_order.h"
#include "cluster/hdbscan/flat_points.h"
#include "cluster/hdbscan/kd_tree.h"

namespace clipcluster::hdbscan {

// Above this the boxes of a kd-tree part too little, and looking at all pairs is faster.
inline constexpr std::size_t kMostTreeDimensions = 60;

// n - 1 edges, ascending. flat: null, or the points of `tree`, whose distances are then used.
Result<std::vector<RankedEdge>> boruvka_spanning_tree(const KdTree& tree, const FlatPoints* flat,
                                                      const CoreDistances& cores, Progress& progress);

}  // namespace clipcluster::hdbscan
