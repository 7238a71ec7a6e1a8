#include <fmt/format.h>

#include "clipcluster/tuning.h"

namespace clipcluster {
namespace {

std::string what_it_is(const TuningResult& result, std::size_t chosen) {
  const TuningCandidate& candidate = result.candidates[chosen];
  const ClusteringSetting& setting = candidate.setting;
  return fmt::format(
      "Number {} of {} different results (n_neighbors {}, n_components {}, min_cluster_size {}, "
      "min_samples "
      "{}, {}) makes {} clusters with {:.1f} % of the points in none{}.",
      chosen + 1, result.different, setting.n_neighbors, setting.n_components, setting.min_cluster_size,
      setting.min_samples, cluster_selection_method_name(setting.cluster_selection_method),
      candidate.scores.clusters, 100.0 * candidate.scores.noise_share,
      candidate.scores.wish_distance > 0.0 ? ", which is as near as they come to what was asked for" : "");
}

std::string why_by_validity(const TuningResult& result, const TuningScores& scores) {
  return fmt::format(
      "The points spread in about {:.1f} dimensions, so the gaps between clusters decide and whether they "
      "are found again: validity {:.2f} (the middle of the results has {:.2f}), {}.",
      result.intrinsic_dimension, scores.validity, result.median_validity,
      result.plan.subsamples > 0
          ? fmt::format("and clusterings of four fifths of the points agree by {:.2f} (ARI)",
                        scores.subsample_stability)
          : fmt::format("and clusterings of other seeds agree by {:.2f} (ARI)", scores.seed_stability));
}

std::string why_by_modularity(const TuningResult& result, const TuningScores& scores) {
  return fmt::format(
      "The points spread in about {:.0f} dimensions, where layouts overstate gaps, so it matters most how "
      "far nearest neighbours share a cluster without one cluster swallowing the others: modularity {:.2f} "
      "(the middle of the results has {:.2f}), {:.0f} % of the points in the largest cluster; clusterings "
      "of "
      "other seeds agree by {:.2f} (ARI).",
      result.intrinsic_dimension, scores.modularity, result.median_modularity, 100.0 * scores.largest_share,
      scores.seed_stability);
}

}  // namespace

std::string explain_choice(const TuningResult& result, std::size_t chosen) {
  const TuningScores& scores = result.candidates[chosen].scores;
  return what_it_is(result, chosen) + " " +
         (result.by_validity ? why_by_validity(result, scores) : why_by_modularity(result, scores));
}

}  // namespace clipcluster
