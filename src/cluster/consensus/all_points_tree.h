// From the condensed tree of the linked points to one of all points.
#pragma once

#include <vector>

#include "clipcluster/consensus.h"

namespace clipcluster::consensus {

// rows: the linked points, ascending, whose numbers in result.condensed_tree are 0, 1, ... Gives the tree
// and cluster_ids the numbers of all points of result.labels, and hangs the other points from the cluster
// they were placed in, at the lambda of their share, or from the root.
void hang_all_points(const std::vector<std::size_t>& rows, Consensus& result);

}  // namespace clipcluster::consensus
