// The spanning tree once more, by another algorithm.
#pragma once

#include <vector>

#include "cluster/hdbscan/spanning_tree.h"

namespace clipcluster::testing {

// n - 1 edges, ascending.
std::vector<hdbscan::RankedEdge> prim_spanning_tree(const hdbscan::KdTree& tree,
                                                    const hdbscan::CoreDistances& cores);

}  // namespace clipcluster::testing
