// The main jobs: which step runs when, with which options. Images to a project, a project to answers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clipcluster/clip.h"
#include "clipcluster/dedup.h"
#include "clipcluster/evaluation.h"
#include "clipcluster/hdbscan.h"
#include "clipcluster/images.h"
#include "clipcluster/matrix.h"
#include "clipcluster/noise.h"
#include "clipcluster/pca.h"
#include "clipcluster/progress.h"
#include "clipcluster/project.h"
#include "clipcluster/report.h"
#include "clipcluster/status.h"
#include "clipcluster/tsne.h"
#include "clipcluster/umap.h"

namespace clipcluster {

// UMAP as it serves clustering: 15 neighbours, 5 components, min_dist 0, cosine.
UmapOptions clustering_umap_options();
// t-SNE likewise: 2 components, cosine.
TsneOptions clustering_tsne_options();
// HDBSCAN as it serves clustering of images: min_samples 1. hdbscan's own default, min_cluster_size,
// asks for so much density that most pictures of a varied collection end in one cluster
// (docs/choosing-options.md).
HdbscanOptions clustering_hdbscan_options();
// max(5, round(sqrt(points) / 4)): what min_cluster_size is when nobody says.
int automatic_min_cluster_size(std::size_t points);

// What makes few coordinates of an embedding for HDBSCAN.
enum class Reducer { umap, pca, tsne };
const char* reducer_name(Reducer reducer);  // "umap", ...
Result<Reducer> parse_reducer(std::string_view name);

// From embeddings to clusters.
struct FitOptions {
  Reducer reducer = Reducer::umap;
  int pca_components = 0;                                 // of a PCA before UMAP or t-SNE; 0: none
  UmapOptions umap = clustering_umap_options();           // all seeds are replaced by `seed`
  TsneOptions tsne = clustering_tsne_options();           // with 2 components the layout is the map, too
  PcaOptions pca = {.n_components = 5};                   // of Reducer::pca; the map is the first two
  double map_min_dist = 0.1;                              // of the two-dimensional map, otherwise as `umap`
  HdbscanOptions hdbscan = clustering_hdbscan_options();  // its min_cluster_size is replaced:
  std::optional<int> min_cluster_size;                    // default automatic_min_cluster_size
  // Clusterings with other seeds and samples that the labels are made from (docs/consensus.md); 0: one fit.
  int consensus_runs = 0;
  NoiseOptions noise;  // what becomes of HDBSCAN's noise (docs/noise.md)
  // 0 <= test_fraction < 1. This share of the distinct images is held out of the fit and assigned
  // afterwards; which ones depends on the seed and the pixels only.
  double test_fraction = 0.0;
  std::uint64_t seed = 42;
};

// From files to embeddings.
struct EmbedOptions {
  std::vector<std::string> inputs;  // files and folders
  FindOptions find;
  DecodeOptions decode;
  std::string model_folder;
  Precision precision = Precision::automatic;
  // DecodeOptions::fast_decode_side from the model's shortest edge. Changes the vectors a little, so a
  // project remembers it and embeds everything again when it changes. Not said: as the project was made,
  // else off.
  std::optional<bool> fast_decode;
};

struct RunOptions {
  EmbedOptions embed;  // empty inputs: those of the project's last run
  // Near-duplicates: only the best copy of each group is clustered, and the others follow it. None: as the
  // project was told before (dedup.h), at first not.
  std::optional<DedupOptions> dedup;
  // Only images that meet every one of these conditions: "path = */cats/*", "country != DE"
  // (docs/slices.md). None: with inputs none, without inputs those of the last run.
  std::optional<std::vector<std::string>> where;
  // CSV file with a column path and others for conditions and count_values. None: that of the last run.
  std::optional<std::string> metadata;
  FitOptions fit;
  int thumbnail_side = 256;  // longer side; 1..256
  // Sentences for the person, at the moment they matter ("the model changed: ...").
  std::function<void(const std::string&)> note;
};

// How well images that were held out fit the clusters of the others.
struct SplitFigures {
  std::size_t training = 0;
  std::size_t held_out = 0;
  double training_noise_share = 0.0;
  double held_out_noise_share = 0.0;
  double training_mean_probability = 0.0;  // over the points that are not noise
  double held_out_mean_probability = 0.0;
  // Adjusted Rand index between this fit, held-out images assigned, and a fit on everything.
  double agreement_training = 0.0;
  double agreement_held_out = 0.0;
};

// What the conditions of a run left.
struct SelectionFigures {
  std::size_t found = 0;             // images that the inputs lead to
  std::size_t taken = 0;             // of these, meeting every condition
  std::size_t without_metadata = 0;  // of those found, without a line of the metadata
  std::size_t repeated_lines = 0;    // of the metadata: for a path that an earlier line is for, not used
};

// Distinct images of a fit, held-out ones included, by how firmly they belong to their cluster.
struct NoiseFigures {
  std::map<std::string, std::size_t> tiers;    // by tier_name
  std::map<std::string, std::size_t> reasons;  // by noise_reason_name; assigned images included
  std::size_t groups = 0;                      // candidates for clusters among them
};

// What a consensus says about the clusters (docs/consensus.md).
struct ConsensusFigures {
  int runs = 0;
  std::vector<double> stability;  // [clusters] 0..1; below kLeastStability (consensus.h): unstable
  double mean_confidence = 0.0;   // of the images in clusters
};

struct RunSummary {
  std::size_t files = 0;                // usable files
  std::size_t distinct = 0;             // different pixels among them
  std::size_t embedded = 0;             // embedded by this run
  std::size_t reused = 0;               // distinct ones that were embedded already
  std::size_t duplicates = 0;           // files that follow another one: files - distinct
  std::size_t duplicates_by_bytes = 0;  // of these, how many are equal byte for byte
  std::size_t skipped = 0;
  std::map<std::string, std::size_t> skipped_by_reason;
  std::size_t other_files = 0;  // inside the folders, not images at all
  std::size_t files_read = 0;   // by this run: new ones, changed ones, skipped ones
  std::uint64_t bytes_read = 0;
  std::size_t clusters = 0;
  std::size_t noise = 0;  // distinct images in no cluster
  NoiseFigures noise_figures;
  int min_cluster_size = 0;
  std::optional<ConsensusFigures> consensus;
  bool fit_reused = false;  // same images, same options: the former fit still holds
  std::optional<SplitFigures> split;
  std::optional<SelectionFigures> selection;  // none: no conditions and no metadata
  std::vector<StepTiming> steps;              // in the order they ran
};

// Makes the project in `folder`, or brings it up to date: embeds what is new or changed, then fits.
// Stopped at any moment (cancelled, killed, disk full), the next call goes on where it was.
Result<RunSummary> run_project(const std::string& folder, const RunOptions& options,
                               Progress& progress = Progress::none());

// A project without images. embeddings: [n, d], finite, n >= 1; names: one per row, or empty for
// "row 0", "row 1", ... A project already there must be one without images and is replaced.
Result<RunSummary> fit_embeddings(const std::string& folder, MatrixView<const float> embeddings,
                                  std::span<const std::string> names, const FitOptions& options,
                                  Progress& progress = Progress::none());

struct EmbeddedFiles {
  MatrixF embeddings;              // [paths.size(), embedding size]
  std::vector<std::string> paths;  // in the order of find_images
  std::vector<SkippedFile> skipped;
  std::size_t other_files = 0;
  std::uint64_t bytes_read = 0;
  double seconds = 0.0;  // for reading and embedding; finding files and loading the model not counted
  EmbeddingSpace space;
};

// Files to embeddings in memory, without a project.
Result<EmbeddedFiles> embed_files(const EmbedOptions& options, Progress& progress = Progress::none());

struct SimilarImage {
  std::string path;         // first path of the training image
  double similarity = 0.0;  // cosine
  std::int32_t label = -1;
};

// A cluster near an image that HDBSCAN leaves in none.
struct NearCluster {
  std::int32_t label = -1;
  std::string name;       // empty if it has none
  double distance = 0.0;  // mutual reachability; 1: as far as a typical member is from its neighbours
};

struct Assignment {
  std::string path;                    // as asked; empty for bytes and vectors
  std::optional<DecodeFailure> error;  // then nothing below is filled in
  std::int32_t label = -1;             // -1: noise
  std::string name;                    // of the cluster; empty if it has none
  double probability = 0.0;
  // That a person would put it with most of its cluster; none without a consensus and for what a rule
  // assigned.
  std::optional<double> confidence;
  // Same bytes or same pixels as an image of the project: label and probability are that image's.
  bool known = false;
  Tier tier = Tier::other;
  // Of what HDBSCAN leaves in no cluster, assigned afterwards or not:
  NoiseReason reason = NoiseReason::none;
  double sureness = 0.0;                      // NoiseVerdict::sureness
  std::vector<NearCluster> nearest_clusters;  // nearest first, at most kNearestClusters
  std::vector<SimilarImage> nearest;          // training images, most similar first
};

struct AssignOptions {
  std::string model_folder;  // empty: where the project's model was when it was made
  int nearest = 5;           // how many similar training images to name
  DecodeOptions decode;      // its fast_decode_side is replaced by the project's
};

// Sorts new images into the clusters of a project. An image gets the same answer alone, in any batch
// and at any thread count. Reads the project once; a later run does not change an open Assigner.
class Assigner {
 public:
  static Result<Assigner> open(const std::string& folder, const AssignOptions& options = {});
  Assigner(Assigner&&) noexcept;
  Assigner& operator=(Assigner&&) noexcept;
  ~Assigner();

  using Sink = std::function<Status(const Assignment&)>;
  // Calls `sink` once for each path, in order. Image files only (folders: see find_images). A file
  // that cannot be used is an Assignment with its error.
  Status assign(std::span<const std::string> paths, const Sink& sink,
                Progress& progress = Progress::none()) const;
  // A file's content.
  Result<Assignment> assign_bytes(std::span<const std::uint8_t> file) const;
  // vectors: [m, embedding size], in the project's own embedding space.
  Result<std::vector<Assignment>> assign_vectors(MatrixView<const float> vectors) const;

  const EmbeddingSpace& space() const;
  std::size_t clusters() const;

 private:
  struct Parts;
  explicit Assigner(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

struct ProjectEvaluation {
  Evaluation scores;                   // over all labelled images, duplicates and held-out ones included
  std::optional<Evaluation> held_out;  // over the held-out ones
  std::optional<Reliability> reliability;  // of the fitted images' confidences; none without a consensus
  std::int64_t fit = 0;                    // ProjectFit::id
  std::size_t unlabelled = 0;              // images of the project for which there is no class
  std::size_t unmatched = 0;               // lines of the file that match no image of the project
};

// `labels`: "folders" (the class of an image is the name of the folder it lies in) or a CSV file with
// the columns path,label (a header line is recognised; paths absolute, relative to the CSV file, or,
// for a project without images, the row's name or number).
Result<ProjectEvaluation> evaluate_project(const std::string& folder, const std::string& labels);

// What a project made by refine_project (slices.h) is a part of.
struct SliceOrigin {
  std::string parent;                  // absolute folder of the project
  std::vector<std::int32_t> clusters;  // labels when it was last brought up to date, ascending
  bool noise = false;                  // what was in no cluster as well
};

// Notes the reliability in the project, for its page; nothing without one.
Status remember_reliability(const std::string& folder, const ProjectEvaluation& evaluation);

struct ProjectInfo {
  std::string folder;
  ProjectKind kind = ProjectKind::images;
  int format_version = 0;
  std::uint64_t bytes_on_disk = 0;
  std::optional<EmbeddingSpace> space;
  std::vector<std::string> inputs;
  std::vector<std::string> where;  // conditions of the last run
  std::string metadata;            // CSV file of the last run; empty for none
  std::optional<SliceOrigin> slice;
  std::size_t files = 0;  // usable
  std::size_t distinct = 0;
  std::size_t duplicates = 0;
  std::size_t waiting = 0;  // distinct, not embedded yet: the run was stopped
  std::size_t skipped = 0;
  std::map<std::string, std::size_t> skipped_by_reason;
  std::map<std::string, std::size_t> formats;
  bool fitted = false;
  std::size_t training = 0;
  std::size_t held_out = 0;
  std::size_t noise = 0;
  NoiseFigures noise_figures;
  std::vector<ProjectCluster> clusters;        // by label
  std::vector<ReportHierarchyNode> hierarchy;  // of the clusters, parents first; empty if they have no tree
  std::optional<ConsensusFigures> consensus;
  std::string fit_options;       // JSON
  std::string fit_figures;       // JSON
  std::vector<ProjectRun> runs;  // oldest first, with options, versions and step timings
};

Result<ProjectInfo> project_info(const std::string& folder);

// What the page shows. `title` empty: the folder's name.
Result<ReportInput> make_report_input(const std::string& folder, const std::string& title = "");
// make_report_input and write_report in one.
Status report_project(const std::string& folder, const std::string& page_folder,
                      const std::string& title = "", Progress& progress = Progress::none());

}  // namespace clipcluster
