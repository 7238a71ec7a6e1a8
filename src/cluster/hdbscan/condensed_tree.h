// The condensed tree: single linkage without the splits that only shed fewer than min_cluster_size
// points.
#pragma once

#include <span>
#include <vector>

#include "clipcluster/hdbscan.h"

namespace clipcluster::hdbscan {

// linkage: [n - 1]. Breadth first from the root, as scikit-learn-contrib/hdbscan, so a cluster's
// row comes before the rows of what is in it, and ids grow downwards. A group of exact duplicates
// is never split: its points leave together at an infinite lambda.
std::vector<CondensedRow> condense(std::span<const LinkageRow> linkage, int min_cluster_size);

// What several steps ask of the clusters of a condensed tree. Clusters are numbered from 0, the
// root, in the order of their ids; `root_id` is the root's id.
class ClusterTree {
 public:
  struct Cluster {
    std::int32_t parent = -1;  // -1: the root
    double birth = 0.0;        // lambda at which it splits off its parent; 0 for the root
    std::int32_t size = 0;     // points at its birth
    std::vector<std::int32_t> children;
    // The greatest finite lambda of the rows directly below it; infinite ones, between exact
    // duplicates, would turn every other point's share of it into nothing. 0 when there is none.
    double greatest_lambda = 0.0;
    bool has_infinite_lambda = false;
  };

  explicit ClusterTree(std::span<const CondensedRow> rows, std::int32_t root_id);

  std::int32_t root_id() const { return root_id_; }
  std::int32_t size() const { return static_cast<std::int32_t>(clusters_.size()); }
  const Cluster& operator[](std::int32_t cluster) const {
    return clusters_[static_cast<std::size_t>(cluster)];
  }
  bool is_cluster(std::int32_t id) const { return id >= root_id_; }
  std::int32_t number_of(std::int32_t id) const { return id - root_id_; }

 private:
  std::int32_t root_id_;
  std::vector<Cluster> clusters_;
};

}  // namespace clipcluster::hdbscan
