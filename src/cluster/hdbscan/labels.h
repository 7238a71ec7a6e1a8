// From selected clusters to what every point gets.
#pragma once

#include <span>
#include <vector>

#include "cluster/hdbscan/condensed_tree.h"

namespace clipcluster::hdbscan {

// Which label the members of each cluster of the tree get: that of the nearest selected cluster at
// or above it, -1 where there is none. selected: ascending.
std::vector<std::int32_t> labels_of_clusters(const ClusterTree& tree,
                                             std::span<const std::int32_t> selected);

// Where the root is the one cluster, the lambda from which on a point belongs to it: at epsilon,
// or where the last of the root's own rows leaves it. As scikit-learn-contrib/hdbscan.
double least_lambda_in_root(const ClusterTree& tree, double cluster_selection_epsilon);

// The membership probability of a point that leaves `cluster` at `lambda`: lambda's share of the
// greatest lambda in the cluster, at most 1. Exact duplicates (infinite lambda) have 1.
double membership_probability(const ClusterTree::Cluster& cluster, double lambda);

struct Membership {
  std::vector<std::int32_t> labels;
  std::vector<double> probabilities;
};
Membership label_points(std::span<const CondensedRow> rows, const ClusterTree& tree,
                        std::span<const std::int32_t> selected, double cluster_selection_epsilon);

}  // namespace clipcluster::hdbscan
