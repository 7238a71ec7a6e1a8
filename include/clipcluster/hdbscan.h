// HDBSCAN*. Campello, Moulavi, Zimek, Sander, "Hierarchical density estimates for data clustering,
// visualization, and outlier detection", TKDD 2015; option names and defaults are those of
// scikit-learn-contrib/hdbscan. Everything is worked out in float64.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

enum class ClusterSelectionMethod { excess_of_mass, leaf };
const char* cluster_selection_method_name(ClusterSelectionMethod method);  // "eom", "leaf"
Result<ClusterSelectionMethod> parse_cluster_selection_method(std::string_view name);

struct HdbscanOptions {
  int min_cluster_size = 5;        // >= 2
  std::optional<int> min_samples;  // >= 1, not counting the point itself; default min_cluster_size
  double cluster_selection_epsilon = 0.0;
  ClusterSelectionMethod cluster_selection_method = ClusterSelectionMethod::excess_of_mass;
  int max_cluster_size = 0;  // 0: no limit
  bool allow_single_cluster = false;
  // cosine: distances are 1 - cos, 0..2; a zero vector is at 1 from everything but another one.
  Metric metric = Metric::euclidean;
};

// One row per merge, as SciPy's linkage: ids < n are points, n + i is the i-th merge. `left` is the
// larger of the two sides; of equal ones, the smaller id.
struct LinkageRow {
  std::int64_t left = 0;
  std::int64_t right = 0;
  double distance = 0.0;
  std::int64_t size = 0;
};

struct SpanningEdge {
  std::int32_t a = 0;  // a < b
  std::int32_t b = 0;
  double weight = 0.0;  // mutual reachability distance
};

// A row of the condensed tree: `child` leaves `parent` at lambda = 1 / distance. Ids < n are points;
// the root cluster is n.
struct CondensedRow {
  std::int32_t parent = 0;
  std::int32_t child = 0;
  double lambda = 0.0;  // infinite between exact duplicates
  std::int32_t child_size = 0;
};

struct HdbscanResult {
  std::vector<std::int32_t> labels;       // [n], 0.. in ascending order of cluster id, -1 noise
  std::vector<double> probabilities;      // [n], membership probability 0..1, 0 for noise
  std::vector<double> outlier_scores;     // [n], GLOSH, 0..1
  std::vector<double> persistence;        // [clusters], stability / (members * greatest lambda)
  std::vector<std::int32_t> cluster_ids;  // [clusters], id in the condensed tree of each label
  std::vector<double> core_distances;     // [n], infinite for rows that take no part
  // [rows that take part - 1], sorted by (weight, distance, a, b). The minimum over that order, so
  // it is unique; only among pairs of points at exactly the same distance do row numbers decide.
  std::vector<SpanningEdge> spanning_tree;
  std::vector<LinkageRow> single_linkage;  // [n - 1]; rows that take no part join at infinity
  std::vector<CondensedRow> condensed_tree;
  // [rows that take part] the rows as the kd-tree stores them, so that make_hdbscan_model need not
  // sort them again; may be empty.
  std::vector<std::int32_t> tree_order;
};

// points: [n, d], n >= 1, d >= 1. Rows with NaN or infinity are noise with probability 0 and take no
// part. min_samples above n - 1 counts as n - 1. Fewer than min_cluster_size points are all noise.
// A spot with more than min_samples exact duplicates has core distance 0: its points leave at an
// infinite lambda, with probability 1 and outlier score 0, its cluster is infinitely stable, and
// nothing splits it; the probabilities and scores of other points refer to the greatest finite
// lambda. More in docs/hdbscan.md. Errors: invalid_argument, resource_limit, cancelled.
Result<HdbscanResult> fit_hdbscan(MatrixView<const double> points, const HdbscanOptions& options,
                                  Progress& progress = Progress::none());
// Bytes that fit_hdbscan needs for n points of d columns over the points themselves, at most; the result
// is among them. resource_limit when there is no room for them.
std::uint64_t fit_hdbscan_memory(std::uint64_t n, std::uint64_t d, const HdbscanOptions& options);

// The labels that fit_hdbscan gives with each of `options`, from the single linkage of one fit with the
// same metric and min_samples: no distance is worked out again. Those with the same min_cluster_size beside
// each other share a condensed tree. Linear in n for each. `options` must be such as fit_hdbscan takes.
std::vector<std::vector<std::int32_t>> cluster_single_linkage(std::span<const LinkageRow> single_linkage,
                                                              std::span<const HdbscanOptions> options);

struct HdbscanPredictionIndex;

// What prediction needs of a fit. Prediction only reads it, from any number of threads at once.
struct HdbscanModel {
  HdbscanOptions options;
  SharedMatrix<double> points;
  std::vector<double> core_distances;
  std::vector<CondensedRow> condensed_tree;
  std::vector<std::int32_t> cluster_ids;
  std::vector<std::int32_t> labels;
  std::vector<double> probabilities;
  // A kd-tree and tables over the above, made by make_hdbscan_model and from_arrays. Reset it when
  // changing anything above; without it each call of approximate_predict makes one for itself.
  std::shared_ptr<const HdbscanPredictionIndex> index;

  NamedArrays to_arrays() const;
  static Result<HdbscanModel> from_arrays(const NamedArrays& arrays);
};

HdbscanModel make_hdbscan_model(SharedMatrix<double> points, const HdbscanOptions& options,
                                const HdbscanResult& result);

enum class PredictionRule {
  // A new point joins the tree where its nearest neighbour by mutual reachability hangs, with the
  // fit's own core distances and the fit's own selected clusters; a point equal to a training point
  // gets that point's label and probability (of several equal ones, the first row's).
  consistent,
  // hdbscan.approximate_predict as it is, rank of the core distances included.
  compatible,
};

struct HdbscanPrediction {
  std::vector<std::int32_t> labels;   // [m]
  std::vector<double> probabilities;  // [m]
};

// points: [m, d]. A row's answer does not depend on the other rows; rows with NaN or infinity are
// noise. Errors: invalid_argument when d is not the model's.
Result<HdbscanPrediction> approximate_predict(const HdbscanModel& model, MatrixView<const double> points,
                                              PredictionRule rule = PredictionRule::consistent);

// How much points belong to each cluster: out of [rows, clusters] blocks, in row order, one call at a
// time on the calling thread. What it returns ends the work if it is an error.
using MembershipSink = std::function<Status(std::size_t first_row, MatrixView<const double> block)>;

// Soft membership vectors: of the fitted points, and of new ones ([m, d]). A row sums to the point's
// probability of being in any cluster: for a point with a label the fit's (or prediction's)
// probability, and its label has the largest share; for noise the greatest lambda at which it is in
// one cluster with a selected one, over that one's greatest lambda. Rows with NaN or infinity are 0.
// A new point equal to a fitted one gets its row. Needs memory for one block of 4096 rows, besides
// what the sink keeps: [n, clusters] doubles are 360 MB for 150,000 points and 300 clusters.
Status membership_vectors(const HdbscanModel& model, const MembershipSink& sink,
                          Progress& progress = Progress::none());
Status membership_vectors(const HdbscanModel& model, MatrixView<const double> points,
                          const MembershipSink& sink, Progress& progress = Progress::none());

// The `few` largest memberships of each point, largest first; label -1 and value 0 where there are
// no more. few >= 1.
struct TopMemberships {
  MatrixI labels;         // [n, few]
  Matrix<double> values;  // [n, few]
};
Result<TopMemberships> top_memberships(const HdbscanModel& model, int few,
                                       Progress& progress = Progress::none());
Result<TopMemberships> top_memberships(const HdbscanModel& model, MatrixView<const double> points, int few,
                                       Progress& progress = Progress::none());

// [clusters] rows, ascending: the points of the greatest lambda in each leaf of the tree at or below
// the cluster.
std::vector<std::vector<std::int32_t>> exemplars(const HdbscanModel& model);

// hdbscan's relative_validity_, an approximation of DBCV that serves to compare clusterings of the
// same points: -1..1, greater is better; 0 without clusters. From the labels and the spanning tree
// of a fit.
double relative_validity(std::span<const std::int32_t> labels, std::span<const SpanningEdge> spanning_tree);

// A condensed tree small enough to draw: its clusters with how many of their points are still there
// at kSteps values of lambda.
struct TreeOutline {
  static constexpr std::size_t kSteps = 12;
  struct Cluster {
    std::int32_t parent = -1;  // index into clusters, which come before theirs; -1: the root
    std::int32_t label = -1;   // of a selected cluster
    // Lambda at which it splits off (in the root, the first point leaves) and at which its last
    // points or the clusters below leave it; finite, 0 < birth <= death.
    double birth = 0.0;
    double death = 0.0;
    std::vector<std::int32_t> counts;  // [kSteps], at steps of equal ratio from birth to death
  };
  std::vector<Cluster> clusters;  // empty where nothing has a finite lambda above 0
};

// `points`: rows of the fit. Keeps the largest selected clusters with all above them first, then the
// largest others, most_clusters in all.
TreeOutline outline_tree(std::span<const CondensedRow> rows, std::int32_t points,
                         std::span<const std::int32_t> cluster_ids, std::size_t most_clusters = 500);

// How the selected clusters lie in each other: the condensed tree without what is below a selected
// cluster and without the nodes above that only one branch with selected clusters hangs from.
struct HierarchyNode {
  std::int32_t parent = -1;  // index of a node, which comes before this one; -1: on top
  std::int32_t label = -1;   // of a selected cluster; -1: an inner node, with two children
  // Mutual reachability distance at which an inner node falls apart into its children: 1 / lambda of
  // the split. 0 of a cluster without children.
  double distance = 0.0;
  std::int32_t points = 0;  // in it at its birth, those that are noise in the end included
};

// Every cluster is in it once; one cluster: one node, none: empty. Nodes come in the order of the ids
// of the condensed tree, so a parent before its children. `points`: rows of the fit. More in
// docs/hdbscan.md.
std::vector<HierarchyNode> cluster_hierarchy(std::span<const CondensedRow> rows, std::int32_t points,
                                             std::span<const std::int32_t> cluster_ids);
std::vector<HierarchyNode> cluster_hierarchy(const HdbscanModel& model);

}  // namespace clipcluster
