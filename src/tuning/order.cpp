#include "tuning/order.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace clipcluster::tuning {
namespace {

// Weights were chosen on labelled sets, each left out in turn (docs/tuning.md).
//
// Points that spread in few dimensions keep their gaps in a layout, so density there decides. In many
// dimensions a layout makes gaps of its own, and validity grows the fewer and larger the clusters are;
// there the neighbours of the points themselves decide. (In few dimensions these say little: any compact
// cell of a plane keeps its neighbours.) The labelled sets have 1 to 3 dimensions or 6 and more.
constexpr double kFewDimensions = 4.5;
constexpr double kSeedStability = 0.4;
constexpr double kModularity = 0.2;
constexpr double kNeighborsKept = 1.6;
constexpr double kConsensus = 0.4;
constexpr double kOriginalSilhouette = 0.2;
constexpr double kLayoutSilhouette = 0.2;
// Nearly all in one cluster, or one alone, is no answer where there is any other.
constexpr double kMostInLargest = 0.8;

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

double by_validity(const TuningScores& scores) {
  return (scores.validity + kSeedStability * scores.seed_stability + kModularity * scores.modularity +
          kNeighborsKept * scores.neighbors_kept) /
         (1.0 + kSeedStability + kModularity + kNeighborsKept);
}

double by_modularity(const TuningScores& scores) {
  return (scores.modularity + kConsensus * scores.consensus +
          kOriginalSilhouette * scores.original_silhouette + kLayoutSilhouette * scores.layout_silhouette) /
         (1.0 + kConsensus + kOriginalSilhouette + kLayoutSilhouette);
}

double total(const TuningScores& scores, bool few_dimensions) {
  const double value = few_dimensions ? by_validity(scores) : by_modularity(scores);
  const bool is_answer = scores.clusters > 1 && scores.largest_share <= kMostInLargest;
  return is_answer ? value : value - 1.0;
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
    candidate.scores.total = total(candidate.scores, result.by_validity);
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
