// Soft membership: how much a point belongs to each selected cluster. docs/hdbscan.md says how it
// departs from scikit-learn-contrib/hdbscan.
#pragma once

#include <vector>

#include "clipcluster/hdbscan.h"
#include "cluster/hdbscan/condensed_tree.h"
#include "cluster/hdbscan/kd_tree.h"

namespace clipcluster::hdbscan {

// Each cluster's exemplars as blocks for block_distances, every place only once.
struct MembershipData {
  std::vector<std::size_t> first_block;  // [clusters + 1]
  Matrix<double> blocks;                 // [blocks * d, 16], scaled; free places hold infinity
};
MembershipData prepare_membership(const HdbscanModel& model, const KdTree& tree);

// Where a point hangs in the condensed tree.
struct PlaceInTree {
  std::int32_t parent = 0;  // number of the cluster that it leaves
  double lambda = 0.0;      // when
  std::int32_t label = -1;
  double probability = 0.0;
};

// out[c]: the greatest lambda at which points below `parent` and those of the c-th selected cluster
// are in one cluster; infinity where `parent` is in that cluster. tops: scratch.
void joining_lambdas(const ClusterTree& tree, const std::vector<std::int32_t>& selected,
                     std::int32_t parent, std::vector<double>& tops, std::vector<double>& out);

// out: [clusters]. point: [d], scaled. joins: of its parent.
void membership_of(const HdbscanModel& model, const double* point, const PlaceInTree& place,
                   const std::vector<double>& joins, double* out);

}  // namespace clipcluster::hdbscan
