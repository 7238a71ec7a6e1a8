// How the clusters of two clusterings of the same things correspond.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster {

// What became of a cluster of the first clustering, and, seen from the other side, what a cluster of the
// second comes from. docs/compare.md has the definitions with their sources.
enum class ClusterFate {
  same,    // a Jaccard coefficient above 1/2: at most one cluster of the other side has that
  split,   // falls apart: two or more of the second lie mostly in it; or is one of several such parts
  merged,  // lies, with others of the first, mostly in one of the second; or is where several went
  shrank,  // only one of the second lies mostly in it, with too little of it to be the same
  grew,    // it alone lies mostly in one of the second, of which it is too little
  only,    // none of these: gone from the first, or new in the second
};
const char* cluster_fate_name(ClusterFate fate);  // "same", ...

struct ClusterOverlap {
  std::int32_t cluster = 0;  // of the other side
  std::uint64_t count = 0;   // things in both
  double jaccard = 0.0;      // things in both / things in either
};

struct ClusterMatch {
  ClusterFate fate = ClusterFate::only;
  std::uint64_t size = 0;   // things that both clusterings know
  std::uint64_t noise = 0;  // of these, noise on the other side
  // The other side's clusters that share a thing with it, largest share first, ties by number.
  std::vector<ClusterOverlap> overlaps;
  // Numbers of the other side's clusters that `fate` is about, largest share first: the same one; the
  // parts of a split; the one that it merged into or came from; none for `only`.
  std::vector<std::int32_t> partners;
};

struct Correspondence {
  std::vector<ClusterMatch> first;   // by label
  std::vector<ClusterMatch> second;  // by label
  std::uint64_t things = 0;
  std::uint64_t kept = 0;        // things in a cluster that is the same on both sides
  std::uint64_t both_noise = 0;  // things that are noise on both sides
};

// first, second: the labels of the same things, -1 noise, else below the number of clusters. "Mostly in"
// is more than half of the things of a cluster, so a cluster lies mostly in at most one other.
// invalid_argument when the lengths differ or a label is out of range.
Result<Correspondence> match_clusterings(std::span<const std::int32_t> first, std::size_t first_clusters,
                                         std::span<const std::int32_t> second, std::size_t second_clusters);

}  // namespace clipcluster
