#include "clipcluster/correspondence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace clipcluster {
namespace {

constexpr std::int32_t kNone = -1;

Status check(std::span<const std::int32_t> labels, std::size_t clusters, const char* which) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= -1 && (labels[i] < 0 || static_cast<std::size_t>(labels[i]) < clusters)) continue;
    return Status::invalid_argument(fmt::format(
        "label {} of the {} clustering is {}; there are {} clusters", i, which, labels[i], clusters));
  }
  return {};
}

void count(std::span<const std::int32_t> first, std::span<const std::int32_t> second,
           Correspondence& found) {
  std::map<std::pair<std::int32_t, std::int32_t>, std::uint64_t> both;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const std::int32_t a = first[i];
    const std::int32_t b = second[i];
    if (a >= 0) ++found.first[static_cast<std::size_t>(a)].size;
    if (b >= 0) ++found.second[static_cast<std::size_t>(b)].size;
    if (a >= 0 && b < 0) ++found.first[static_cast<std::size_t>(a)].noise;
    if (a < 0 && b >= 0) ++found.second[static_cast<std::size_t>(b)].noise;
    if (a < 0 && b < 0) ++found.both_noise;
    if (a >= 0 && b >= 0) ++both[{a, b}];
  }
  for (const auto& [pair, things] : both) {
    ClusterMatch& a = found.first[static_cast<std::size_t>(pair.first)];
    ClusterMatch& b = found.second[static_cast<std::size_t>(pair.second)];
    const double jaccard = static_cast<double>(things) / static_cast<double>(a.size + b.size - things);
    a.overlaps.push_back({pair.second, things, jaccard});
    b.overlaps.push_back({pair.first, things, jaccard});
  }
}

void sort_overlaps(std::vector<ClusterMatch>& side) {
  for (ClusterMatch& match : side) {
    std::stable_sort(match.overlaps.begin(), match.overlaps.end(),
                     [](const ClusterOverlap& a, const ClusterOverlap& b) { return a.count > b.count; });
  }
}

// The cluster of the other side that has more than half of this one, or kNone.
std::int32_t lies_mostly_in(const ClusterMatch& match) {
  if (match.overlaps.empty() || 2 * match.overlaps.front().count <= match.size) return kNone;
  return match.overlaps.front().cluster;
}

// For each cluster of `side`, the clusters of the other side that lie mostly in it.
std::vector<std::vector<std::int32_t>> inner_ones(const std::vector<ClusterMatch>& side,
                                                  const std::vector<ClusterMatch>& other) {
  std::vector<std::vector<std::int32_t>> inner(side.size());
  for (std::size_t c = 0; c < side.size(); ++c) {
    for (const ClusterOverlap& overlap : side[c].overlaps) {
      if (lies_mostly_in(other[static_cast<std::size_t>(overlap.cluster)]) == static_cast<std::int32_t>(c))
        inner[c].push_back(overlap.cluster);
    }
  }
  return inner;
}

// Above 1/2 no other pair with either of the two can be: both would have to hold more than half.
std::int32_t same_one(const ClusterMatch& match) {
  for (const ClusterOverlap& overlap : match.overlaps) {
    if (overlap.jaccard > 0.5) return overlap.cluster;
  }
  return kNone;
}

// `apart`: what several inner clusters make of one ("split" seen from the first side), `together` what
// being one of several inner ones of another makes; `less` and `more` where it is only one.
struct Words {
  ClusterFate apart, together, less, more;
};

void decide(std::vector<ClusterMatch>& side, const std::vector<std::vector<std::int32_t>>& inner,
            const std::vector<std::vector<std::int32_t>>& inner_of_other, const Words& words) {
  for (std::size_t c = 0; c < side.size(); ++c) {
    ClusterMatch& match = side[c];
    const std::int32_t same = same_one(match);
    const std::int32_t outer = lies_mostly_in(match);
    if (same != kNone) {
      match.fate = ClusterFate::same;
      match.partners = {same};
    } else if (inner[c].size() >= 2) {
      match.fate = words.apart;
      match.partners = inner[c];
    } else if (outer != kNone) {
      const bool alone = inner_of_other[static_cast<std::size_t>(outer)].size() < 2;
      match.fate = alone ? words.more : words.together;
      match.partners = {outer};
    } else if (inner[c].size() == 1) {
      match.fate = words.less;
      match.partners = inner[c];
    }
  }
}

}  // namespace

const char* cluster_fate_name(ClusterFate fate) {
  switch (fate) {
    case ClusterFate::same:
      return "same";
    case ClusterFate::split:
      return "split";
    case ClusterFate::merged:
      return "merged";
    case ClusterFate::shrank:
      return "shrank";
    case ClusterFate::grew:
      return "grew";
    case ClusterFate::only:
      break;
  }
  return "only";
}

Result<Correspondence> match_clusterings(std::span<const std::int32_t> first, std::size_t first_clusters,
                                         std::span<const std::int32_t> second,
                                         std::size_t second_clusters) {
  if (first.size() != second.size()) {
    return Status::invalid_argument(
        fmt::format("one clustering has {} labels, the other {}", first.size(), second.size()));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(check(first, first_clusters, "first"));
  CLIPCLUSTER_RETURN_IF_ERROR(check(second, second_clusters, "second"));
  Correspondence found;
  found.things = first.size();
  found.first.resize(first_clusters);
  found.second.resize(second_clusters);
  count(first, second, found);
  sort_overlaps(found.first);
  sort_overlaps(found.second);
  const auto in_first = inner_ones(found.first, found.second);
  const auto in_second = inner_ones(found.second, found.first);
  decide(found.first, in_first, in_second,
         {ClusterFate::split, ClusterFate::merged, ClusterFate::shrank, ClusterFate::grew});
  decide(found.second, in_second, in_first,
         {ClusterFate::merged, ClusterFate::split, ClusterFate::grew, ClusterFate::shrank});
  for (const ClusterMatch& match : found.first) {
    if (match.fate == ClusterFate::same) found.kept += match.overlaps.front().count;
  }
  return found;
}

}  // namespace clipcluster
