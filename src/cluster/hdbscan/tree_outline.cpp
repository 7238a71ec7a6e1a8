#include <algorithm>
#include <cmath>
#include <limits>

#include "clipcluster/hdbscan.h"
#include "cluster/hdbscan/condensed_tree.h"

namespace clipcluster {
namespace {

using hdbscan::ClusterTree;

// What leaves a cluster when, infinite lambdas at the greatest finite one.
struct Leaving {
  std::vector<std::pair<double, std::int32_t>> events;  // lambda, points
  double first = std::numeric_limits<double>::infinity();
  double last = 0.0;
};

std::vector<Leaving> what_leaves(std::span<const CondensedRow> rows, const ClusterTree& tree, double most) {
  std::vector<Leaving> leaving(static_cast<std::size_t>(tree.size()));
  for (const CondensedRow& row : rows) {
    Leaving& cluster = leaving[static_cast<std::size_t>(tree.number_of(row.parent))];
    const double lambda = std::min(row.lambda, most);
    cluster.events.emplace_back(lambda, row.child_size);
    if (lambda > 0.0) cluster.first = std::min(cluster.first, lambda);
    cluster.last = std::max(cluster.last, lambda);
  }
  return leaving;
}

// The clusters to keep, ascending: a parent comes before its children.
std::vector<std::int32_t> choose(const ClusterTree& tree, const std::vector<std::int32_t>& label_of,
                                 std::size_t most) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(tree.size()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const bool first = label_of[static_cast<std::size_t>(a)] >= 0;
    const bool second = label_of[static_cast<std::size_t>(b)] >= 0;
    return first != second ? first : tree[a].size > tree[b].size;
  });
  std::vector<std::int32_t> kept = {0};
  std::vector<std::uint8_t> is_kept(order.size(), 0);
  is_kept[0] = 1;
  for (const std::int32_t cluster : order) {
    std::vector<std::int32_t> chain;
    for (std::int32_t c = cluster; is_kept[static_cast<std::size_t>(c)] == 0; c = tree[c].parent) {
      chain.push_back(c);
    }
    if (kept.size() + chain.size() > most) continue;
    for (const std::int32_t c : chain) is_kept[static_cast<std::size_t>(c)] = 1;
    kept.insert(kept.end(), chain.begin(), chain.end());
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::vector<std::int32_t> count_at_steps(Leaving& leaving, double birth, double death) {
  std::sort(leaving.events.begin(), leaving.events.end());
  std::int32_t left = 0;
  for (const auto& event : leaving.events) left += event.second;
  std::vector<std::int32_t> counts;
  std::size_t next = 0;
  for (std::size_t step = 0; step < TreeOutline::kSteps; ++step) {
    const double share = static_cast<double>(step) / static_cast<double>(TreeOutline::kSteps - 1);
    const bool is_last = step + 1 == TreeOutline::kSteps;
    const double lambda = is_last ? death : birth * std::pow(death / birth, share);
    for (; next < leaving.events.size() && leaving.events[next].first < lambda; ++next) {
      left -= leaving.events[next].second;
    }
    counts.push_back(left);
  }
  return counts;
}

}  // namespace

TreeOutline outline_tree(std::span<const CondensedRow> rows, std::int32_t points,
                         std::span<const std::int32_t> cluster_ids, std::size_t most_clusters) {
  const ClusterTree tree(rows, points);
  double most = 0.0;
  for (std::int32_t c = 0; c < tree.size(); ++c) most = std::max(most, tree[c].greatest_lambda);
  if (most == 0.0) return {};
  std::vector<std::int32_t> label_of(static_cast<std::size_t>(tree.size()), -1);
  for (std::size_t label = 0; label < cluster_ids.size(); ++label) {
    label_of[static_cast<std::size_t>(tree.number_of(cluster_ids[label]))] =
        static_cast<std::int32_t>(label);
  }
  std::vector<Leaving> leaving = what_leaves(rows, tree, most);
  std::vector<std::int32_t> index(static_cast<std::size_t>(tree.size()), -1);
  TreeOutline outline;
  for (const std::int32_t number : choose(tree, label_of, most_clusters)) {
    const auto at = static_cast<std::size_t>(number);
    index[at] = static_cast<std::int32_t>(outline.clusters.size());
    TreeOutline::Cluster cluster;
    cluster.parent = number == 0 ? -1 : index[static_cast<std::size_t>(tree[number].parent)];
    cluster.label = label_of[at];
    cluster.birth = number == 0 ? std::min(leaving[at].first, most) : tree[number].birth;
    cluster.death = std::max(cluster.birth, leaving[at].last);
    cluster.counts = count_at_steps(leaving[at], cluster.birth, cluster.death);
    outline.clusters.push_back(std::move(cluster));
  }
  return outline;
}

}  // namespace clipcluster
