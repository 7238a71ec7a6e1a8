// The single linkage hierarchy of a minimum spanning tree.
#pragma once

#include <span>
#include <vector>

#include "clipcluster/hdbscan.h"

namespace clipcluster::hdbscan {

// edges: [n - 1], ascending, over points 0..n-1. Of the two sides of a merge the larger comes
// first; of equal ones the older (the smaller id). So cluster ids, which follow this order, do not
// hang on row numbers.
std::vector<LinkageRow> single_linkage(std::span<const SpanningEdge> edges);

}  // namespace clipcluster::hdbscan
