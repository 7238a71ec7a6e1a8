#include "cluster/consensus/average_linkage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "cluster/hdbscan/single_linkage.h"

namespace clipcluster::consensus {
namespace {

constexpr std::size_t kMergesPerReport = 256;

// The groups so far; a merged group goes on in the row of one of its parts.
class Chain {
 public:
  Chain(Matrix<std::uint32_t> table, double pairs_share)
      : table_(std::move(table)),
        pairs_share_(pairs_share),
        sizes_(table_.rows(), 1.0),
        live_(table_.rows()) {
    std::iota(live_.begin(), live_.end(), std::size_t{0});
  }

  // The next pair of groups that are nearest to each other; at least two are left.
  std::pair<std::size_t, std::size_t> next_pair() {
    if (path_.empty()) path_.push_back(live_.front());
    while (true) {
      const std::size_t last = path_.back();
      const std::size_t before = path_.size() > 1 ? path_[path_.size() - 2] : kNone;
      const std::size_t nearest = nearest_to(last, before);
      if (nearest == before) {
        path_.resize(path_.size() - 2);
        return {std::min(last, before), std::max(last, before)};
      }
      path_.push_back(nearest);
    }
  }

  double share(std::size_t a, std::size_t b) const {
    return static_cast<double>(table_(a, b)) * pairs_share_ / (sizes_[a] * sizes_[b]);
  }

  void merge(std::size_t kept, std::size_t gone) {
    live_.erase(std::lower_bound(live_.begin(), live_.end(), gone));
    std::uint32_t* row = table_.row(kept);
    const std::uint32_t* other = table_.row(gone);
    for (const std::size_t k : live_) {
      if (k == kept) continue;
      row[k] += other[k];
      table_(k, kept) = row[k];
    }
    sizes_[kept] += sizes_[gone];
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  // Of equally near ones the one before in the chain, so that the chain ends; else the first.
  std::size_t nearest_to(std::size_t group, std::size_t before) const {
    const std::uint32_t* row = table_.row(group);
    std::size_t best = before;
    double best_value = before == kNone ? -1.0 : static_cast<double>(row[before]) / sizes_[before];
    for (const std::size_t k : live_) {
      if (k == group) continue;
      const double value = static_cast<double>(row[k]) / sizes_[k];
      if (value > best_value) {
        best = k;
        best_value = value;
      }
    }
    return best;
  }

  Matrix<std::uint32_t> table_;
  double pairs_share_;
  std::vector<double> sizes_;
  std::vector<std::size_t> live_;  // ascending
  std::vector<std::size_t> path_;
};

}  // namespace

std::size_t most_linkable(std::size_t clusterings) {
  // The largest sum is that of two halves of the points, together in every clustering.
  const double pairs = static_cast<double>(std::numeric_limits<std::uint32_t>::max()) /
                       static_cast<double>(std::max<std::size_t>(clusterings, 1));
  return 2 * static_cast<std::size_t>(std::floor(std::sqrt(pairs)));
}

Result<std::vector<LinkageRow>> average_linkage(Matrix<std::uint32_t> table, std::size_t clusterings,
                                                Progress& progress) {
  const std::size_t m = table.rows();
  const double least = 0.5 / static_cast<double>(clusterings);
  Chain chain(std::move(table), 1.0 / static_cast<double>(clusterings));
  std::vector<SpanningEdge> edges;
  for (std::size_t merges = 0; merges + 1 < m; ++merges) {
    if (merges % kMergesPerReport == 0) {
      progress.report({"linking the clusterings", merges, m, "points"});
      if (progress.cancelled()) return Status::cancelled();
    }
    const auto [a, b] = chain.next_pair();
    const double distance = std::max(least, 1.0 - chain.share(a, b));
    edges.push_back({static_cast<std::int32_t>(a), static_cast<std::int32_t>(b), distance});
    chain.merge(a, b);
  }
  progress.report({"linking the clusterings", m, m, "points"});
  // A group's row stands for all its points, so these edges span a tree of points whose single linkage is
  // the tree of the merges: average linkage never joins nearer than what it joins is joined itself.
  std::stable_sort(edges.begin(), edges.end(),
                   [](const SpanningEdge& a, const SpanningEdge& b) { return a.weight < b.weight; });
  return hdbscan::single_linkage(edges);
}

}  // namespace clipcluster::consensus
