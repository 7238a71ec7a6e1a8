// All that a search without labels tried, beside the true classes: what its choice is worth.
//   tuning_grid POINTS.npy CLASSES.npy METRIC SEED BUDGET
// prints one JSON object a candidate, best first by the search's own order.
#include <fmt/core.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "clipcluster/array_files.h"
#include "clipcluster/evaluation.h"
#include "clipcluster/tuning.h"

namespace {

using namespace clipcluster;

Status print_candidates(const std::string& points_file, const std::string& classes_file,
                        const TuningOptions& options) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const SharedMatrix<float> points, read_npy<float>(points_file));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::int32_t> classes, read_npy_labels(classes_file));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const TuningResult result, tune_clustering(points, options));
  for (const TuningCandidate& candidate : result.candidates) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const Evaluation evaluation,
                                 evaluate_clustering(candidate.labels, classes));
    const TuningScores& scores = candidate.scores;
    fmt::print(
        R"({{"ari": {}, "clusters": {}, "noise": {}, "total": {}, "modularity": {}, "validity": {}, )"
        R"("seeds": {}, "samples": {}, "consensus": {}, "layout_silhouette": {}, "original_silhouette": {}, )"
        R"("neighbors_kept": {}, "largest": {}}})"
        "\n",
        evaluation.with_noise.adjusted_rand_index, scores.clusters, scores.noise_share, scores.total,
        scores.modularity, scores.validity, scores.seed_stability, scores.subsample_stability,
        scores.consensus, scores.layout_silhouette, scores.original_silhouette, scores.neighbors_kept,
        scores.largest_share);
  }
  return {};
}

}  // namespace

int main(int count, char** words) try {
  if (count != 6) {
    fmt::print(stderr, "tuning_grid POINTS.npy CLASSES.npy METRIC SEED BUDGET\n");
    return 2;
  }
  TuningOptions options;
  options.umap.metric = parse_metric(words[3]).value();
  options.umap.seed = std::stoull(words[4]);
  options.budget = std::stod(words[5]);
  options.keep_labels = true;
  const Status status = print_candidates(words[1], words[2], options);
  if (!status.is_ok()) fmt::print(stderr, "{}\n", status.message());
  return status.is_ok() ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
