// How firmly an image belongs to its cluster, why one is in none, and what may be done about it. The
// definitions, with the reasons for them, are in docs/noise.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/hdbscan.h"
#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

enum class Tier {
  core,      // in the dense middle of its cluster
  member,    // of the cluster by HDBSCAN's own label
  assigned,  // noise to HDBSCAN, given to a cluster by a rule, with a lower probability of its own
  other,     // in no cluster
};
const char* tier_name(Tier tier);  // "core", ...

enum class NoiseReason {
  none,     // it is not noise
  between,  // between two clusters
  thin,     // in a thin region
  unlike,   // unlike anything else
  blank,    // damaged or blank
};
const char* noise_reason_name(NoiseReason reason);  // "none", "between", ...

// What becomes of HDBSCAN's noise.
enum class NoisePolicy {
  keep,     // it stays in no cluster
  nearest,  // the cluster with the least mutual reachability distance; not where unlike or blank
  soft,     // the cluster with the largest soft membership; not where unlike or blank
  target,   // as nearest, the surest first, until at most a given share is left; unlike and blank last
};
struct NoiseOptions {
  NoisePolicy policy = NoisePolicy::keep;
  double target = 0.05;  // of NoisePolicy::target: share of all points, 0..1
};
// "keep", "nearest", "soft", "target=0.05", and back.
std::string noise_options_text(const NoiseOptions& options);
Result<NoiseOptions> parse_noise_options(std::string_view text);
Status check_noise_options(const NoiseOptions& options);

// How many clusters are noted for a point in none.
inline constexpr std::size_t kNearestClusters = 3;

struct NearestClusters {
  std::array<std::int32_t, kNearestClusters> labels;  // nearest first; -1 where there are no more
  // Least mutual reachability distance to a member; infinite where there are no more.
  std::array<double, kNearestClusters> distances;
  // Mutual reachability distance between the nearest member of the first and that of the second; 0 where
  // there is no second.
  double gap = 0.0;
};
// Of rows of the fit that are in no cluster. Exact. A row's answer does not depend on the other rows.
// Cancelled through `progress`.
Result<std::vector<NearestClusters>> nearest_clusters(const HdbscanModel& model,
                                                      std::span<const std::int32_t> rows,
                                                      Progress& progress = Progress::none());
// Of new points, [m, d]; rows with NaN or infinity have none. A point equal to a fitted one gets its
// answer. invalid_argument when d is not the model's.
Result<std::vector<NearestClusters>> nearest_clusters(const HdbscanModel& model,
                                                      MatrixView<const double> points,
                                                      Progress& progress = Progress::none());

// What a fit fixes, so that new points are judged by the same measure as fitted ones.
struct NoiseRule {
  NoiseOptions options;
  // The core distance of a typical member of a cluster: the unit of what is told about distances to
  // clusters. Above 0.
  double reach = 1.0;
  std::vector<double> core_probability;      // [clusters] members from here on are core
  std::vector<double> assigned_probability;  // [clusters] at most what an assigned point gets
  int neighbors = 0;                         // whose mean distance among the original vectors is looked at
  double unlike_distance = std::numeric_limits<double>::infinity();  // above it: unlike anything
  // Under NoisePolicy::target, noise from this sureness on is assigned; infinite: none is.
  double least_sureness = std::numeric_limits<double>::infinity();
  double least_sureness_of_unlike = std::numeric_limits<double>::infinity();  // and of blank
  // A new point in no cluster by density is a member of the one that at least this share of its neighbours
  // are in; infinite: never, as where no layout was made.
  double least_neighbor_share = std::numeric_limits<double>::infinity();
};

// What a new point's nearest fitted ones say.
struct NeighborVote {
  std::int32_t label = -1;   // the cluster of the greatest share; -1: all are noise
  double share = 0.0;        // of their weights, 0..1
  double probability = 0.0;  // their membership probabilities' part in it, at most `share`
};
// How many are asked.
inline constexpr int kVotingNeighbors = 15;
// NoiseRule::least_neighbor_share of fits with a layout (docs/noise.md says what it was chosen by).
inline constexpr double kLeastNeighborShare = 0.4;
// labels, probabilities: of the fit. indices, distances: of one point's neighbours among the fitted ones,
// nearest first, at least one; weighted as by predict_consensus.
NeighborVote vote_of_neighbors(std::span<const std::int32_t> labels, std::span<const double> probabilities,
                               std::span<const std::int32_t> indices, std::span<const float> distances);

// A point that HDBSCAN left in no cluster.
struct NoisePoint {
  NearestClusters nearest;
  std::int32_t soft_label = -1;    // of the largest soft membership; looked at by NoisePolicy::soft only
  double neighbor_distance = 0.0;  // mean of those to the nearest `neighbors` original vectors
  bool blank = false;
  NeighborVote vote = {};  // of new points only
};
struct NoiseVerdict {
  NoiseReason reason = NoiseReason::thin;  // none: it is a member after all
  // 0..1: reach over the distance to the nearest cluster, at most 1; 0 where there is no cluster.
  double sureness = 0.0;
  Tier tier = Tier::other;  // or assigned, or member; then:
  std::int32_t label = -1;
  double probability = 0.0;
};

// The neighbours that NoiseRule::unlike_distance is about.
inline constexpr int kNoiseNeighbors = 5;

// All but the thresholds of a target, which settle_target adds. neighbor_distances: [n], of every fitted
// point; empty: no point is unlike.
NoiseRule make_noise_rule(const HdbscanModel& model, const NoiseOptions& options,
                          std::span<const float> neighbor_distances);
NoiseVerdict judge_noise(const NoiseRule& rule, const NoisePoint& point);
// noise: all of the fit's, judged; n: points of the fit. Judge them again afterwards.
void settle_target(std::span<const NoiseVerdict> noise, std::size_t n, NoiseRule& rule);
// core or member.
Tier tier_of_member(const NoiseRule& rule, std::int32_t label, double probability);

// Points in no cluster that belong together: a cluster that could be.
struct NoiseGroup {
  std::vector<std::int32_t> rows;  // of the fit, most typical first
  double cohesion = 0.0;           // mean cosine similarity of two of them, as original vectors
};
// Groups of at least max(3, min_cluster_size / 2) among `rows`, by HDBSCAN (leaves, min_samples 1) of these
// rows alone; only groups at least as coherent among the original vectors as the least coherent quarter of
// the clusters. Largest first. originals: [n, columns], beside the model's points.
Result<std::vector<NoiseGroup>> find_noise_groups(const HdbscanModel& model,
                                                  MatrixView<const float> originals,
                                                  std::span<const std::int32_t> rows,
                                                  Progress& progress = Progress::none());

}  // namespace clipcluster
