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

std::string why_by_gaps(const TuningScores& scores) {
  return fmt::format(
      "It is ranked by the gaps between its clusters: validity {:.2f} of at most 1, and {:.1f} % of the "
      "pairs of nearest neighbours share a cluster.",
      scores.validity, 100.0 * scores.neighbors_kept);
}

std::string why_by_neighbors(const TuningResult& result, const TuningScores& scores) {
  return fmt::format(
      "Its clusters touch, so it is ranked by how far nearest neighbours share a cluster (modularity "
      "{:.2f}; "
      "the middle of the results has {:.2f}) and by how far clusterings of four fifths of the points agree "
      "with it (ARI {:.2f}; the middle has {:.2f}).",
      scores.modularity, result.median_modularity, scores.subsample_stability, result.median_stability);
}

}  // namespace

std::string explain_choice(const TuningResult& result, std::size_t chosen) {
  const TuningScores& scores = result.candidates[chosen].scores;
  return what_it_is(result, chosen) + " " +
         (scores.by_gaps ? why_by_gaps(scores) : why_by_neighbors(result, scores));
}

}  // namespace clipcluster
