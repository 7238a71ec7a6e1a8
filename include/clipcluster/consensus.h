// One clustering of many: what most of them agree on, and how firmly (docs/consensus.md).
//
// Evidence accumulation with average linkage: Fred and Jain, "Combining multiple clusterings using evidence
// accumulation", IEEE PAMI 2005. Stability of single clusters: Hennig, "Cluster-wise assessment of cluster
// stability", Computational Statistics and Data Analysis 2007.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "clipcluster/hdbscan.h"
#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

// Clusterings of the same n points. Labels are stored plus 1, 0 is noise; a clustering with more clusters
// than that can hold cannot be used.
struct ClusteringTable {
  static constexpr std::int32_t kMostClusters = 65535;
  Matrix<std::uint16_t> labels;  // [n, runs * clusterings_per_run], those of one run together
  std::size_t clusterings_per_run = 1;

  std::size_t points() const { return labels.rows(); }
  std::size_t runs() const { return labels.cols() / clusterings_per_run; }
};

struct ConsensusOptions {
  int min_cluster_size = 5;  // >= 2
  // Groups are joined as long as two points, one of each, share a cluster in a large enough share of the
  // clusterings on average. That share, the cut, is chosen between these two: where the clusters keep
  // nearest neighbours together best and hang least on chance (docs/consensus.md). A point joins the
  // cluster with whose members it shares most if that is at least least_share. > 0, <= 1, in this order.
  double least_share = 0.3;
  double most_share = 0.7;
  // More points than this: the clusters are made from a sample, and the others join them. At most 40,000,
  // and less with more than two clusterings (sums of co-memberships have 32 bits).
  std::size_t most_linked_points = 10000;
  int kept_clusters = 5;  // nearest ones noted for each point, >= 1
  std::uint64_t seed = 42;
};

struct Consensus {
  Metric metric = Metric::cosine;    // of the neighbours that new points take after
  double least_share = 0.0;          // of the options
  double cut_share = 0.0;            // where the tree was cut
  std::vector<std::int32_t> labels;  // [n], -1 noise
  // [n] membership probability: the point's share of its cluster, relative to the greatest in the cluster;
  // 0 for noise.
  std::vector<double> probabilities;
  // The clusters with which each point is together most often, and in what share of the clusterings with a
  // member of it, on average. Largest first; label -1 and share 0 where there are no more.
  MatrixI nearest_clusters;      // [n, kept_clusters]
  Matrix<float> nearest_shares;  // [n, kept_clusters]
  // [n] confidence that a person would put the point with most of its cluster; 0 for noise. Empty until
  // set_confidences.
  std::vector<double> confidences;
  std::vector<double> greatest_share;  // [clusters] of a member
  std::vector<std::int32_t> sizes;     // [clusters] members
  // [clusters] 0..1: mean over the runs of the greatest Jaccard similarity with a cluster of the run.
  std::vector<double> stability;
  // The condensed tree of the average linkage, lambda = 1 / (1 - share). Points beyond most_linked_points
  // hang where they were placed.
  std::vector<CondensedRow> condensed_tree;
  std::vector<std::int32_t> cluster_ids;  // [clusters] in the condensed tree, ascending

  std::size_t clusters() const { return cluster_ids.size(); }
  // From labels and greatest_share.
  void count_sizes();
  // What prediction and people need: all but the tree.
  NamedArrays to_arrays() const;
  static Result<Consensus> from_arrays(const NamedArrays& arrays);
};

// A cluster whose stability is below this is not to be relied on (Hennig's "not stable": 0.6).
inline constexpr double kLeastStability = 0.6;

// neighbors: [n, k] of the same points, nearest first, each first in its own list; at most the first 15
// others count. n >= 1. Same input and options: same bytes at any thread count. Errors: invalid_argument,
// resource_limit, cancelled.
Result<Consensus> combine_clusterings(const ClusteringTable& clusterings,
                                      MatrixView<const std::int32_t> neighbors,
                                      const ConsensusOptions& options,
                                      Progress& progress = Progress::none());
// The confidence of a point is the mean of two shares: that of its cluster, and, counted six times, that of
// its neighbours with its label. Neither is fitted to a collection; how well calibrated it is on labelled
// data is in docs/consensus.md. neighbors: of the same points, each first in its own list; the next `k` are
// looked at, or as many as a third of the cluster's other members.
void set_confidences(const NeighborLists& neighbors, std::size_t k, Consensus& consensus);

// A new point takes after its nearest neighbours among the points of the consensus.
struct ConsensusPrediction {
  std::int32_t label = -1;
  double probability = 0.0;
  double confidence = 0.0;
  // The clusters of its neighbours with their shares, largest first.
  std::vector<std::pair<std::int32_t, double>> nearest;
};
// indices, distances: of one point's neighbours in 0..n-1, nearest first, at least one. Their shares are
// averaged with the weights exp(-(d - d_1) / s), where d_1 is the distance of the nearest and s the mean of
// d - d_1; the label is that of the greatest share, if it is at least least_share.
ConsensusPrediction predict_consensus(const Consensus& consensus, std::span<const std::int32_t> indices,
                                      std::span<const float> distances);

// Bytes that combine_clusterings needs for n points over the table, at most.
std::uint64_t combine_clusterings_memory(std::uint64_t n, std::uint64_t clusterings,
                                         const ConsensusOptions& options);

}  // namespace clipcluster
