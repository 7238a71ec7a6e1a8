// How much of the time there was each selected cluster lived.
#pragma once

#include <span>
#include <vector>

#include "cluster/hdbscan/condensed_tree.h"
#include "cluster/hdbscan/selection.h"

namespace clipcluster::hdbscan {

// [selected clusters]: stability over (members * the greatest finite lambda of the whole tree); 1
// for a cluster of infinite stability.
std::vector<double> cluster_persistence(const ClusterTree& tree, const Selection& selection,
                                        std::span<const std::int32_t> labels);

}  // namespace clipcluster::hdbscan
