#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/number_text.h"
#include "clipcluster/consensus.h"
#include "clipcluster/memory.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "cluster/consensus/all_points_tree.h"
#include "cluster/consensus/average_linkage.h"
#include "cluster/consensus/co_association.h"
#include "cluster/consensus/cut.h"
#include "cluster/consensus/shares.h"
#include "cluster/hdbscan/condensed_tree.h"

namespace clipcluster {
namespace {

using consensus::MemberShares;

constexpr std::size_t kPointsPerChunk = 512;
constexpr std::int64_t kLeastLinkedInCluster = 3;
constexpr std::size_t kNeighborsOfCut = 15;

Status check(const ClusteringTable& table, MatrixView<const std::int32_t> neighbors,
             const ConsensusOptions& options) {
  if (neighbors.rows() != table.points()) {
    return Status::invalid_argument(fmt::format("there are clusterings of {} points and neighbours of {}",
                                                table.points(), neighbors.rows()));
  }
  if (table.points() == 0 || table.labels.cols() == 0)
    return Status::invalid_argument("there are no clusterings to combine");
  if (table.clusterings_per_run == 0 || table.labels.cols() % table.clusterings_per_run != 0) {
    return Status::invalid_argument(fmt::format("{} clusterings cannot be runs of {} each",
                                                table.labels.cols(), table.clusterings_per_run));
  }
  if (options.min_cluster_size < 2) {
    return Status::invalid_argument(
        fmt::format("min_cluster_size is {}; it must be at least 2", options.min_cluster_size));
  }
  if (!(options.least_share > 0.0 && options.least_share <= options.most_share &&
        options.most_share <= 1.0)) {
    return Status::invalid_argument(fmt::format(
        "the least and most share of clusterings at which groups are joined are {} and {}; they must "
        "be above 0, at most 1, and in this order",
        options.least_share, options.most_share));
  }
  if (options.kept_clusters < 1) {
    return Status::invalid_argument(
        fmt::format("the number of nearest clusters is {}; it must be at least 1", options.kept_clusters));
  }
  return {};
}

std::size_t linked_count(std::size_t n, std::size_t clusterings, const ConsensusOptions& options) {
  return std::min({n, options.most_linked_points, consensus::most_linkable(clusterings)});
}

// All points, or those with the smallest random numbers, ascending.
std::vector<std::size_t> linked_rows(std::size_t n, std::size_t clusterings,
                                     const ConsensusOptions& options) {
  std::vector<std::size_t> rows(n);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const std::size_t linked = linked_count(n, clusterings, options);
  if (linked == n) return rows;
  const CounterRandom random(options.seed, "linked points");
  std::sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(random.bits(a), a) < std::pair(random.bits(b), b);
  });
  rows.resize(linked);
  std::sort(rows.begin(), rows.end());
  return rows;
}

Matrix<std::uint16_t> gather(MatrixView<const std::uint16_t> labels, const std::vector<std::size_t>& rows) {
  Matrix<std::uint16_t> chosen(rows.size(), labels.cols());
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy(labels.row(rows[i]), labels.row(rows[i]) + labels.cols(), chosen.row(i));
  return chosen;
}

// Of the linked points, by their place among these: itself, then the nearest that are linked.
MatrixI linked_neighbors(MatrixView<const std::int32_t> neighbors, const std::vector<std::size_t>& rows) {
  std::vector<std::int32_t> place(neighbors.rows(), -1);
  for (std::size_t i = 0; i < rows.size(); ++i) place[rows[i]] = static_cast<std::int32_t>(i);
  MatrixI linked(rows.size(), std::min(neighbors.cols(), kNeighborsOfCut + 1));
  std::fill(linked.data(), linked.data() + linked.size(), -1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::size_t found = 0;
    for (std::size_t j = 0; j < neighbors.cols() && found < linked.cols(); ++j) {
      const std::int32_t other = place[static_cast<std::size_t>(neighbors(rows[i], j))];
      if (other >= 0) linked(i, found++) = other;
    }
  }
  return linked;
}

double lambda_of(double share) { return 1.0 / std::max(1.0 - share, 1e-9); }

// The clusters of the tree that are there where single clusterings stop agreeing enough.
void cut_tree(std::int32_t linked, Consensus& result) {
  const double lambda = lambda_of(result.cut_share);
  const hdbscan::ClusterTree tree(result.condensed_tree, linked);
  for (std::int32_t c = 0; c < tree.size(); ++c) {
    const double parted = tree[c].children.empty() ? std::numeric_limits<double>::infinity()
                                                   : tree[tree[c].children.front()].birth;
    if (tree[c].birth < lambda && lambda <= parted) result.cluster_ids.push_back(linked + c);
  }
}

// Which linked points are in which of the chosen clusters: those that are still there at the cut.
std::vector<std::int32_t> linked_labels(const Consensus& result, std::int32_t linked) {
  const double lambda = lambda_of(result.cut_share);
  std::int32_t greatest = linked;
  for (const CondensedRow& row : result.condensed_tree)
    greatest = std::max({greatest, row.parent, row.child});
  std::vector<std::int32_t> label_of(static_cast<std::size_t>(greatest - linked) + 1, -1);
  for (std::size_t c = 0; c < result.cluster_ids.size(); ++c)
    label_of[static_cast<std::size_t>(result.cluster_ids[c] - linked)] = static_cast<std::int32_t>(c);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(linked), -1);
  for (const CondensedRow& row : result.condensed_tree) {
    std::int32_t& below = row.child >= linked ? label_of[static_cast<std::size_t>(row.child - linked)]
                                              : labels[static_cast<std::size_t>(row.child)];
    const std::int32_t above = label_of[static_cast<std::size_t>(row.parent - linked)];
    if (above >= 0 && (row.child >= linked || row.lambda >= lambda)) below = above;
  }
  return labels;
}

// Every point's nearest clusters, and from them its label: the nearest one, if that is near enough.
void place_points(const ClusteringTable& table, const MemberShares& shares, const ConsensusOptions& options,
                  Consensus& result) {
  const std::size_t n = table.points();
  const auto kept = static_cast<std::size_t>(options.kept_clusters);
  result.labels.assign(n, -1);
  result.nearest_clusters = MatrixI(n, kept);
  result.nearest_shares = Matrix<float>(n, kept);
  parallel_for(n, kPointsPerChunk, [&](std::size_t begin, std::size_t end) {
    std::vector<double> values(shares.clusters());
    std::vector<std::int32_t> order(shares.clusters());
    for (std::size_t i = begin; i < end; ++i) {
      shares.add_up(table.labels.row(i), values);
      std::iota(order.begin(), order.end(), 0);
      const std::size_t shown = std::min(kept, order.size());
      std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                        [&](std::int32_t a, std::int32_t b) {
                          return std::pair(-values[static_cast<std::size_t>(a)], a) <
                                 std::pair(-values[static_cast<std::size_t>(b)], b);
                        });
      for (std::size_t j = 0; j < kept; ++j) {
        const double value = j < shown ? values[static_cast<std::size_t>(order[j])] : 0.0;
        result.nearest_clusters(i, j) = value > 0.0 ? order[j] : -1;
        result.nearest_shares(i, j) = static_cast<float>(value);
      }
      if (shown > 0 && values[static_cast<std::size_t>(order[0])] >= options.least_share)
        result.labels[i] = order[0];
    }
  });
}

// A cluster whose every member is nearer to another one is none. False when there was one.
bool drop_empty(Consensus& result) {
  std::vector<std::uint8_t> used(result.cluster_ids.size(), 0);
  for (const std::int32_t label : result.labels) {
    if (label >= 0) used[static_cast<std::size_t>(label)] = 1;
  }
  std::vector<std::int32_t> kept;
  for (std::size_t c = 0; c < used.size(); ++c) {
    if (used[c] != 0) kept.push_back(result.cluster_ids[c]);
  }
  const bool all = kept.size() == result.cluster_ids.size();
  result.cluster_ids = std::move(kept);
  return all;
}

void set_probabilities(Consensus& result) {
  result.greatest_share.assign(result.clusters(), 0.0);
  result.count_sizes();
  for (std::size_t i = 0; i < result.labels.size(); ++i) {
    if (result.labels[i] < 0) continue;
    double& greatest = result.greatest_share[static_cast<std::size_t>(result.labels[i])];
    greatest = std::max(greatest, static_cast<double>(result.nearest_shares(i, 0)));
  }
  result.probabilities.assign(result.labels.size(), 0.0);
  for (std::size_t i = 0; i < result.labels.size(); ++i) {
    if (result.labels[i] < 0) continue;
    result.probabilities[i] = static_cast<double>(result.nearest_shares(i, 0)) /
                              result.greatest_share[static_cast<std::size_t>(result.labels[i])];
  }
}

}  // namespace

std::uint64_t combine_clusterings_memory(std::uint64_t n, std::uint64_t clusterings,
                                         const ConsensusOptions& options) {
  const std::uint64_t linked = linked_count(n, clusterings, options);
  const auto kept = static_cast<std::uint64_t>(std::max(options.kept_clusters, 1));
  return linked * linked * sizeof(std::uint32_t) + linked * (2 * clusterings + 256) + n * (8 * kept + 64) +
         (std::uint64_t{32} << 20);
}

Result<Consensus> combine_clusterings(const ClusteringTable& clusterings,
                                      MatrixView<const std::int32_t> neighbors,
                                      const ConsensusOptions& options, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check(clusterings, neighbors, options));
  const std::size_t n = clusterings.points();
  const std::size_t count = clusterings.labels.cols();
  CLIPCLUSTER_RETURN_IF_ERROR(require_memory(fmt::format("the consensus of {} points", grouped(n)),
                                             combine_clusterings_memory(n, count, options), progress));
  const std::vector<std::size_t> rows = linked_rows(n, count, options);
  Consensus result;
  result.least_share = options.least_share;
  CLIPCLUSTER_ASSIGN_OR_RETURN(Matrix<std::uint32_t> table,
                               consensus::co_association(gather(clusterings.labels, rows), progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<LinkageRow> linkage,
                               consensus::average_linkage(std::move(table), count, progress));
  // In a sample a cluster has as much fewer points.
  const double sampled = static_cast<double>(rows.size()) / static_cast<double>(n);
  const auto smallest =
      std::max<std::int64_t>(rows.size() == n ? 2 : kLeastLinkedInCluster,
                             std::llround(static_cast<double>(options.min_cluster_size) * sampled));
  result.cut_share = consensus::choose_cut(linkage, smallest, linked_neighbors(neighbors, rows),
                                           {options.least_share, options.most_share});
  result.condensed_tree = hdbscan::condense(linkage, static_cast<int>(smallest));
  const auto linked = static_cast<std::int32_t>(rows.size());
  cut_tree(linked, result);
  while (true) {
    const std::vector<std::int32_t> members = linked_labels(result, linked);
    const MemberShares shares(clusterings.labels, rows, members, result.clusters());
    place_points(clusterings, shares, options, result);
    result.stability = shares.stability(clusterings.clusterings_per_run);
    if (drop_empty(result)) break;
  }
  set_probabilities(result);
  consensus::hang_all_points(rows, result);
  return result;
}

}  // namespace clipcluster
