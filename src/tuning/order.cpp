#include "tuning/order.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace clipcluster::tuning {
namespace {

// Where a clustering counts as parts that lie apart (docs/tuning.md has the figures behind these).
constexpr double kPartedWeight = 4.0;
constexpr double kLeastGaps = 0.8;
constexpr double kMostInLargest = 0.75;
constexpr double kMostNoise = 0.1;
// Of each rank beside modularity: enough to decide between settings that are nearly equal in that, no more.
// Few large clusters are always the most stable, so stability must not decide alone.
constexpr double kRankWeight = 0.05;
constexpr double kRanks = 4.0;
// Totals of those by gaps are above all others.
constexpr double kLeastByGaps = 0.9;

std::uint64_t hash_of(const std::vector<std::int32_t>& labels) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const std::int32_t label : labels)
    hash = (hash ^ static_cast<std::uint32_t>(label)) * 0x100000001B3ULL;
  return hash;
}

// Over different seeds where the plan had no room for subsamples.
double stability(const TuningScores& scores, const TuningPlan& plan) {
  return plan.subsamples > 0 ? scores.subsample_stability : scores.seed_stability;
}

// Of settings with the same clusters the most stable stands for all.
struct Group {
  std::size_t best = 0;
  std::size_t others = 0;
};
std::vector<Group> same_labels(const std::vector<Measured>& measured, const TuningPlan& plan) {
  std::vector<Group> groups;
  std::unordered_map<std::uint64_t, std::size_t> known;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const auto [entry, is_new] = known.emplace(hash_of(measured[i].labels), groups.size());
    if (is_new) {
      groups.push_back({i, 0});
      continue;
    }
    Group& group = groups[entry->second];
    ++group.others;
    if (stability(measured[i].scores, plan) > stability(measured[group.best].scores, plan)) group.best = i;
  }
  return groups;
}

// The share of values below each, ties counting half, 0..1.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> result;
  const auto others = static_cast<double>(std::max<std::size_t>(values.size(), 2) - 1);
  for (const double value : values) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
    const auto below = static_cast<double>(first - sorted.begin());
    result.push_back((below + static_cast<double>(last - first - 1) / 2.0) / others);
  }
  return result;
}

void add_ranks(const std::vector<TuningCandidate>& candidates, double TuningScores::*score,
               std::vector<double>& sums) {
  std::vector<double> values;
  for (const TuningCandidate& candidate : candidates) values.push_back(candidate.scores.*score);
  const std::vector<double> ranked = ranks(values);
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += ranked[i];
}

void score(std::vector<TuningCandidate>& candidates) {
  std::vector<double> sums(candidates.size(), 0.0);
  for (const auto score : {&TuningScores::seed_stability, &TuningScores::subsample_stability,
                           &TuningScores::consensus, &TuningScores::layout_silhouette}) {
    add_ranks(candidates, score, sums);
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    TuningScores& scores = candidates[i].scores;
    scores.gaps = scores.validity - kPartedWeight * (1.0 - scores.neighbors_kept);
    scores.by_gaps = scores.clusters > 1 && scores.gaps >= kLeastGaps &&
                     scores.largest_share <= kMostInLargest && scores.noise_share <= kMostNoise;
    const double joined = (scores.modularity + kRankWeight * sums[i]) / (1.0 + kRanks * kRankWeight);
    scores.total = scores.by_gaps ? kLeastByGaps + (1.0 - kLeastByGaps) * scores.gaps
                                  : kLeastByGaps * std::max(0.0, joined);
  }
}

template <class Value>
double median(const std::vector<TuningCandidate>& candidates, Value value) {
  std::vector<double> values;
  for (const TuningCandidate& candidate : candidates) values.push_back(value(candidate.scores));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

bool is_better(const TuningScores& a, const TuningScores& b) {
  return a.wish_distance != b.wish_distance ? a.wish_distance < b.wish_distance : a.total > b.total;
}

}  // namespace

TuningResult best_first(std::vector<ClusteringSetting> settings, std::vector<Measured> measured,
                        const TuningPlan& plan, const TuningOptions& options) {
  TuningResult result;
  result.plan = plan;
  result.tried = settings.size();
  for (const Group& group : same_labels(measured, plan)) {
    Measured& best = measured[group.best];
    result.candidates.push_back({settings[group.best], best.scores, group.others, {}});
    if (options.keep_labels) result.candidates.back().labels = std::move(best.labels);
  }
  score(result.candidates);
  std::stable_sort(
      result.candidates.begin(), result.candidates.end(),
      [](const TuningCandidate& a, const TuningCandidate& b) { return is_better(a.scores, b.scores); });
  result.different = result.candidates.size();
  result.median_modularity =
      median(result.candidates, [](const TuningScores& scores) { return scores.modularity; });
  result.median_stability =
      median(result.candidates, [&](const TuningScores& scores) { return stability(scores, plan); });
  return result;
}

}  // namespace clipcluster::tuning
