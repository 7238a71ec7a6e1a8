// The neighbours of my neighbours are likely mine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "neighbors/tiled_search.h"

namespace clipcluster::neighbors {

// One pass of NN-descent (Dong, Charikar, Li, "Efficient k-nearest neighbor graph construction for generic
// similarity measures", WWW 2011) that reads the lists of before and writes new ones, so that no row's
// result depends on which row came first. Every row looks at the `width` nearest of its list and those that
// have it among their `width` nearest, and at their nearest in turn. `order` says in which order rows are
// worked on: rows that lie together share the memory they read. Index -1 ends a list early.
NeighborLists refine(const ScaledRows& points, Metric metric, const NeighborLists& lists, std::size_t width,
                     const std::vector<std::int32_t>& order);

}  // namespace clipcluster::neighbors
