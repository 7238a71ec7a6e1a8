// The table of candidates for people.
#include <fmt/format.h>

#include "clipcluster/tune.h"

namespace clipcluster {

std::vector<std::string> tuning_columns() {
  return {"score",      "clusters",   "noise",       "modularity",   "validity",         "seeds",
          "subsamples", "silhouette", "n_neighbors", "n_components", "min_cluster_size", "min_samples",
          "min_dist",   "method",     "epsilon"};
}

std::vector<std::string> tuning_cells(const TuningCandidate& candidate) {
  const ClusteringSetting& setting = candidate.setting;
  const TuningScores& scores = candidate.scores;
  return {fmt::format("{:.3f}", scores.total),
          fmt::format("{}", scores.clusters),
          fmt::format("{:.1f} %", 100.0 * scores.noise_share),
          fmt::format("{:.2f}", scores.modularity),
          fmt::format("{:.2f}", scores.validity),
          fmt::format("{:.2f}", scores.seed_stability),
          fmt::format("{:.2f}", scores.subsample_stability),
          fmt::format("{:.2f}", scores.layout_silhouette),
          fmt::format("{}", setting.n_neighbors),
          fmt::format("{}", setting.n_components),
          fmt::format("{}", setting.min_cluster_size),
          fmt::format("{}", setting.min_samples),
          fmt::format("{}", setting.min_dist),
          cluster_selection_method_name(setting.cluster_selection_method),
          fmt::format("{}", setting.cluster_selection_epsilon)};
}

}  // namespace clipcluster
