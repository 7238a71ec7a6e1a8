#include "tuning/order.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace clipcluster::tuning {
namespace {

std::uint64_t hash_of(const std::vector<std::int32_t>& labels) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const std::int32_t label : labels)
    hash = (hash ^ static_cast<std::uint32_t>(label)) * 0x100000001B3ULL;
  return hash;
}

// Where a clustering counts as parts that lie apart (chosen by hand; not yet measured on enough sets).
constexpr double kPartedWeight = 4.0;
constexpr double kLeastGaps = 0.8;
constexpr double kMostInLargest = 0.75;
constexpr double kMostNoise = 0.1;
// Of the rank by stability, beside modularity.
constexpr double kStabilityWeight = 0.4;
// Totals of those by gaps are above all others.
constexpr double kLeastByGaps = 0.9;

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

// Over different seeds where the plan had no room for subsamples.
double stability(const TuningScores& scores, const TuningPlan& plan) {
  return plan.subsamples > 0 ? scores.subsample_stability : scores.seed_stability;
}

void score(std::vector<Measured>& measured, const TuningPlan& plan) {
  std::vector<double> stabilities;
  for (const Measured& one : measured) stabilities.push_back(stability(one.scores, plan));
  const std::vector<double> rank = ranks(stabilities);
  for (std::size_t i = 0; i < measured.size(); ++i) {
    TuningScores& scores = measured[i].scores;
    scores.gaps = scores.validity - kPartedWeight * (1.0 - scores.neighbors_kept);
    scores.by_gaps = scores.clusters > 1 && scores.gaps >= kLeastGaps &&
                     scores.largest_share <= kMostInLargest && scores.noise_share <= kMostNoise;
    const double joined = (scores.modularity + kStabilityWeight * rank[i]) / (1.0 + kStabilityWeight);
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

}  // namespace

TuningResult best_first(std::vector<ClusteringSetting> settings, std::vector<Measured> measured,
                        const TuningPlan& plan, const TuningOptions& options) {
  score(measured, plan);
  std::vector<std::size_t> order(measured.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const TuningScores& x = measured[a].scores;
    const TuningScores& y = measured[b].scores;
    return x.wish_distance != y.wish_distance ? x.wish_distance < y.wish_distance : x.total > y.total;
  });
  TuningResult result;
  result.plan = plan;
  result.tried = settings.size();
  std::unordered_map<std::uint64_t, std::size_t> known;
  for (const std::size_t i : order) {
    const auto [entry, is_new] = known.emplace(hash_of(measured[i].labels), result.candidates.size());
    if (!is_new) {
      ++result.candidates[entry->second].same;
      continue;
    }
    result.candidates.push_back({settings[i], measured[i].scores, 0, {}});
    if (options.keep_labels) result.candidates.back().labels = std::move(measured[i].labels);
  }
  result.different = result.candidates.size();
  result.median_modularity =
      median(result.candidates, [](const TuningScores& scores) { return scores.modularity; });
  result.median_stability =
      median(result.candidates, [&](const TuningScores& scores) { return stability(scores, plan); });
  return result;
}

}  // namespace clipcluster::tuning
