// How the clusters of a consensus look in each of the clusterings that it was made of.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/matrix.h"

namespace clipcluster::consensus {

// For each clustering and each cluster in it: which consensus clusters have members there, and what share
// of their members.
class MemberShares {
 public:
  struct Entry {
    std::int32_t cluster = 0;  // of the consensus
    float share = 0.0F;        // of its members
    std::int32_t count = 0;    // of its members
  };

  // rows: the points that the shares are taken over; members: their consensus labels, -1 none.
  MemberShares(MatrixView<const std::uint16_t> labels, std::span<const std::size_t> rows,
               std::span<const std::int32_t> members, std::size_t clusters);

  std::size_t clusters() const { return sizes_.size(); }
  std::int64_t size(std::size_t cluster) const { return sizes_[cluster]; }
  std::size_t clusterings() const { return first_.size() - 1; }
  // Clusters in a clustering, noise counted as number 0.
  std::size_t labels_in(std::size_t clustering) const {
    return first_[clustering + 1] - first_[clustering];
  }
  std::span<const Entry> of(std::size_t clustering, std::uint16_t label) const {
    return entries_[first_[clustering] + label];
  }
  // Rows of the points taken over that have this label.
  std::int64_t points_in(std::size_t clustering, std::uint16_t label) const {
    return points_[first_[clustering] + label];
  }

  // values[cluster] = mean over the clusterings of the share of its members that are together with a point
  // of these labels (one for each clustering).
  void add_up(const std::uint16_t* point, std::span<double> values) const;

  // [clusters] mean over the runs of the greatest Jaccard similarity with a cluster of the run.
  std::vector<double> stability(std::size_t clusterings_per_run) const;

 private:
  std::vector<std::size_t> first_;  // [clusterings + 1] into entries_ and points_
  std::vector<std::vector<Entry>> entries_;
  std::vector<std::int64_t> points_;
  std::vector<std::int64_t> sizes_;
};

}  // namespace clipcluster::consensus
