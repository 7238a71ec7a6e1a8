// How long clusters persist: the sum over what leaves a cluster of (lambda at leaving - lambda at
// the cluster's birth).
#pragma once

#include <span>
#include <vector>

#include "cluster/hdbscan/condensed_tree.h"

namespace clipcluster::hdbscan {

// [clusters]. A cluster of which exact duplicates are the core (distance 0 to at least min_samples
// neighbours) has infinite stability: the limit as the distances between them shrink.
std::vector<double> stabilities(std::span<const CondensedRow> rows, const ClusterTree& tree);

}  // namespace clipcluster::hdbscan
