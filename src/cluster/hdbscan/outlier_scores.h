// GLOSH, the global-local outlier score from hierarchies: Campello et al. 2015, section 6.
#pragma once

#include <span>
#include <vector>

#include "cluster/hdbscan/condensed_tree.h"

namespace clipcluster::hdbscan {

// [n]: how much less dense a point is than the densest point of the subtree it falls out of.
std::vector<double> outlier_scores(std::span<const CondensedRow> rows, const ClusterTree& tree);

}  // namespace clipcluster::hdbscan
