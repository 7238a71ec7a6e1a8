// Average linkage over co-memberships. The nearest-neighbour chain: Murtagh, "A survey of recent advances
// in hierarchical clustering algorithms", The Computer Journal 1983.
#pragma once

#include <cstdint>
#include <vector>

#include "clipcluster/hdbscan.h"
#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster::consensus {

// Points that can be linked with sums of co-memberships in 32 bits.
std::size_t most_linkable(std::size_t clusterings);

// table: that of co_association, of `clusterings`; m >= 1; it is used up. Rows in ascending order of
// distance = 1 - mean share of the clusterings in which two points, one of each side, are together, though
// never below half of what one clustering of one pair makes: so no distance is 0. Sums are whole numbers
// and therefore exact: the tree does not hang on the order of additions.
Result<std::vector<LinkageRow>> average_linkage(Matrix<std::uint32_t> table, std::size_t clusterings,
                                                Progress& progress);

}  // namespace clipcluster::consensus
