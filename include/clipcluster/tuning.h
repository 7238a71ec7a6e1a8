// Finding good options of UMAP and HDBSCAN for points without labels (docs/tuning.md). Many settings are
// tried; neighbours, layouts and spanning trees are shared between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clipcluster/hdbscan.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "clipcluster/umap.h"

namespace clipcluster {

// What is searched. Named as in UmapOptions and HdbscanOptions.
struct ClusteringSetting {
  int n_neighbors = 15;
  double min_dist = 0.0;
  int n_components = 5;
  int min_cluster_size = 5;
  int min_samples = 1;
  ClusterSelectionMethod cluster_selection_method = ClusterSelectionMethod::excess_of_mass;
  double cluster_selection_epsilon = 0.0;

  bool operator==(const ClusteringSetting&) const = default;
};

// What the person asked for. A candidate outside is worth less the farther it is, and nothing outside is
// chosen where something inside was found.
struct TuningWishes {
  std::optional<int> fewest_clusters;  // >= 1
  std::optional<int> most_clusters;    // >= fewest_clusters
  std::optional<double> most_noise;    // share of the points, 0..1
};

struct TuningOptions {
  UmapOptions umap;        // what is not searched, metric and seed among it
  HdbscanOptions hdbscan;  // likewise
  TuningWishes wishes;
  // Seconds, > 0. Decides how much is tried through a model of what that costs on two cores
  // (tuning_plan), never through a clock: the same points and options give the same answer on any machine.
  double budget = 60.0;
  // Keep TuningCandidate::labels: [candidates, n] numbers.
  bool keep_labels = false;
};

// All without labels: of the clustering itself and of its likeness to others.
struct TuningScores {
  int clusters = 0;
  double noise_share = 0.0;
  double seed_stability = 0.0;       // mean ARI between clusterings of several seeds, -1..1
  double subsample_stability = 0.0;  // mean ARI with clusterings of 80 % of the points
  double consensus = 0.0;            // mean ARI with the other candidates
  double validity = 0.0;             // relative_validity, -1..1
  double layout_silhouette = 0.0;    // mean silhouette (Rousseeuw 1987) in the layout, noise counting 0
  double original_silhouette = 0.0;  // the same by the distances of the points themselves
  double modularity = 0.0;           // of the clusters in the graph of nearest neighbours (Newman 2006)
  double neighbors_kept = 0.0;       // share of pairs of nearest neighbours in clusters that share one
  double largest_share = 0.0;        // of the points, in the largest cluster
  double wish_distance = 0.0;        // 0: as wished
  double total = 0.0;                // what candidates are ordered by, at most 1
};

struct TuningCandidate {
  ClusteringSetting setting;
  TuningScores scores;
  // Other settings that gave the very same clusters.
  std::size_t same = 0;
  std::vector<std::int32_t> labels;  // [n] with options.umap.seed; empty unless asked for
};

// How much a search tries.
struct TuningPlan {
  std::size_t layouts = 0;     // settings of UMAP
  std::size_t seeds = 0;       // layouts of all points for each of these; >= 2
  std::size_t subsamples = 0;  // layouts of 80 % of the points for each
  double seconds = 0.0;        // what that should take on two cores
};
// For n points of d columns. Where even the least that a search can be takes longer than options.budget,
// that is what it does.
TuningPlan tuning_plan(std::uint64_t n, std::uint64_t d, const TuningOptions& options);

struct TuningResult {
  TuningPlan plan;
  std::size_t tried = 0;           // settings
  std::size_t different = 0;       // clusterings that came of them
  double median_modularity = 0.0;  // over these
  double median_validity = 0.0;
  double intrinsic_dimension = 0.0;         // of the points
  bool by_validity = false;                 // few dimensions: density decides, otherwise modularity does
  std::vector<TuningCandidate> candidates;  // best first, each with clusters of its own; at least one
};

// points: [n, d], finite, n >= 10. Same points and options: same bytes at any thread count. Errors:
// invalid_argument, resource_limit, cancelled.
Result<TuningResult> tune_clustering(const SharedMatrix<float>& points, const TuningOptions& options,
                                     Progress& progress = Progress::none());

// The options with a setting put in.
UmapOptions with_setting(UmapOptions options, const ClusteringSetting& setting);
HdbscanOptions with_setting(HdbscanOptions options, const ClusteringSetting& setting);

// Two sentences: what candidates[chosen] is, and what decided between it and the next best.
std::string explain_choice(const TuningResult& result, std::size_t chosen);

}  // namespace clipcluster
