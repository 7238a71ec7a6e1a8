#include "tuning/order.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace clipcluster::tuning {
namespace {

// Weights were chosen on labelled sets and looked at on other samples of them (docs/tuning.md).
//
// Points that spread in few dimensions keep their gaps in a layout, so density there decides, and whether a
// sample of the points gives the same clusters: cutting through no gap, it does not. Both grow the finer
// the clusters are where a cloud is cut into ever smaller specks, so that many clusters must be worth it.
// In many dimensions a layout makes gaps of its own, and validity grows the fewer and larger the clusters
// are; there the neighbours of the points themselves decide, and one cluster that swallows its neighbours
// costs them nothing, so its size must. (In few dimensions neighbours say little: any compact cell of a
// plane keeps its own.) The labelled sets have 1 to 3 dimensions or 6 and more.
constexpr double kFewDimensions = 4.5;

struct FewDimensions {
  static constexpr double stability = 1.5;
  static constexpr double log_clusters = -0.17;
};

struct ManyDimensions {
  static constexpr double consensus = 0.2;
  static constexpr double original_silhouette = 0.2;
  static constexpr double layout_silhouette = 0.4;
  static constexpr double largest_share = -0.8;
};

// Modularity says nothing about chance: what another seed does not find again is no choice either.
constexpr double kLeastAgreement = 0.35;

// Nearly all in one cluster, or one alone, is no answer where there is any other.
constexpr double kMostInLargest = 0.8;
constexpr double kNoAnswer = 4.0;  // more than two scores can differ by

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

double by_validity(const TuningScores& scores, const TuningPlan& plan) {
  using Weight = FewDimensions;
  return (scores.validity + Weight::stability * stability(scores, plan) +
          Weight::log_clusters * std::log(std::max(scores.clusters, 1))) /
         (1.0 + Weight::stability);
}

double by_modularity(const TuningScores& scores) {
  using Weight = ManyDimensions;
  const double value = (scores.modularity + Weight::consensus * scores.consensus +
                        Weight::original_silhouette * scores.original_silhouette +
                        Weight::layout_silhouette * scores.layout_silhouette +
                        Weight::largest_share * scores.largest_share) /
                       (1.0 + Weight::consensus + Weight::original_silhouette + Weight::layout_silhouette);
  return value - std::max(0.0, kLeastAgreement - scores.seed_stability);
}

double total(const TuningScores& scores, const TuningPlan& plan, bool few_dimensions) {
  const double value = few_dimensions ? by_validity(scores, plan) : by_modularity(scores);
  const bool is_answer = scores.clusters > 1 && scores.largest_share <= kMostInLargest;
  return is_answer ? value : value - kNoAnswer;
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
                        const TuningPlan& plan, double intrinsic_dimension, const TuningOptions& options) {
  TuningResult result;
  result.intrinsic_dimension = intrinsic_dimension;
  result.by_validity = intrinsic_dimension < kFewDimensions;
  result.plan = plan;
  result.tried = settings.size();
  for (const Group& group : same_labels(measured, plan)) {
    Measured& best = measured[group.best];
    result.candidates.push_back({settings[group.best], best.scores, group.others, {}});
    TuningCandidate& candidate = result.candidates.back();
    candidate.scores.total = total(candidate.scores, plan, result.by_validity);
    if (options.keep_labels) candidate.labels = std::move(best.labels);
  }
  std::stable_sort(
      result.candidates.begin(), result.candidates.end(),
      [](const TuningCandidate& a, const TuningCandidate& b) { return is_better(a.scores, b.scores); });
  result.different = result.candidates.size();
  result.median_modularity =
      median(result.candidates, [](const TuningScores& scores) { return scores.modularity; });
  result.median_validity =
      median(result.candidates, [](const TuningScores& scores) { return scores.validity; });
  return result;
}

}  // namespace clipcluster::tuning
