// The project folder: a SQLite catalogue, embeddings, thumbnails and fitted models on disk, written
// so that stopping at any moment leaves a project that opens (docs/project-format.md). The only code
// of this library that writes results to disk, together with array_files.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/status.h"

namespace clipcluster {

enum class ProjectKind {
  images,   // made by run_project
  vectors,  // made by fit_embeddings: rows of a matrix instead of files
};
const char* project_kind_name(ProjectKind kind);  // "images", "vectors"

// What made the embeddings. Embeddings of different spaces are never mixed in one project.
struct EmbeddingSpace {
  std::string model_folder;  // absolute; empty for vectors
  std::string fingerprint;   // ClipModel::fingerprint; empty for vectors
  std::string precision;     // "f32", "bf16"; empty for vectors
  int size = 0;              // columns
};

// Distinct pixels. Files with the same bytes or the same decoded pixels share one content; it is
// what is embedded and clustered.
struct ProjectContent {
  std::int64_t id = 0;
  std::string pixel_hash;  // hash_pixels; for vectors: of the row's bytes
  int width = 0;           // upright
  int height = 0;
  std::int64_t embedding_row = -1;  // -1: not embedded in the current space
  std::uint64_t thumbnail_offset = 0;
  std::uint64_t thumbnail_bytes = 0;  // 0: none
};

// A file of the project (or a row of the matrix, for vectors).
struct ProjectImage {
  std::string path;  // absolute, any bytes
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  std::string byte_hash;  // hash_bytes; empty if the file could not be read
  std::string format;
  std::int64_t content = 0;  // ProjectContent::id; 0 for a skipped file
  std::string skip_reason;   // skip_reason_name; empty for a usable file
  std::string skip_message;
  bool present = true;  // false: not found by the last run; kept so that its return costs nothing

  bool skipped() const { return !skip_reason.empty(); }
};

// One clustered content.
struct ProjectPoint {
  std::int64_t content = 0;
  std::int32_t label = -1;
  double probability = 0.0;
  double outlier_score = 0.0;
  bool held_out = false;  // assigned after the fit, not part of it
};

struct ProjectCluster {
  std::int64_t size = 0;  // points, held-out ones included
  double persistence = 0.0;
  std::string name;  // empty if it has none
};

// An image as an answer to a search.
struct ProjectMatch {
  std::int64_t embedding_row = -1;
  std::vector<std::string> paths;  // present files with these pixels, in the project's order; at least one
  std::optional<std::int32_t> label;  // none: not part of the current fit
  double probability = 0.0;
  std::string cluster_name;  // empty if it has none
};

// A finished fit. Points come in the order of the arrays: first the training points, in the order in
// which they were fitted, then the held-out ones.
struct ProjectFit {
  std::int64_t id = 0;
  std::string key;      // of everything the fit depends on: equal key, equal fit
  std::string options;  // JSON
  std::string figures;  // JSON: what was measured along the way
  std::vector<ProjectPoint> points;
  std::vector<ProjectCluster> clusters;  // by label
};

// What a fit stores beside the catalogue.
struct ProjectFitArrays {
  SharedMatrix<float> coordinates;  // [points, n_components]
  SharedMatrix<float> map;          // [points, 2]
  // Principal components before the others, or alone. With them, umap and tsne hold their training rows.
  std::optional<NamedArrays> pca;
  std::optional<NamedArrays> umap;  // without its training rows; none if there were too few points
  std::optional<NamedArrays> tsne;  // likewise; at most one of the two
  std::optional<NamedArrays> hdbscan;
  // Of the training embeddings, cosine; none in older projects and when there were too few points.
  std::optional<NamedArrays> neighbors;
  std::optional<NamedArrays> noise;      // tiers, and why images are in no cluster
  std::optional<NamedArrays> stability;  // of clusters and images, over seeds and subsamples
};

struct StepTiming {
  std::string name;
  double seconds = 0.0;
  std::uint64_t items = 0;
};

struct ProjectRun {
  std::int64_t id = 0;
  std::string command;  // "run", "fit"
  std::string options;  // JSON
  std::string program_version;
  std::string machine;   // processor, threads, instruction set
  std::string started;   // ISO 8601, UTC
  std::string finished;  // empty if it was stopped
  std::vector<StepTiming> steps;
};

// What one checkpoint makes durable: the contents' embeddings and thumbnails first, then, in one
// transaction, the rows that make them valid.
struct CheckpointContent {
  ProjectContent content;                   // id and places are filled in by Project::checkpoint
  std::span<const float> embedding;         // of the space's size, or empty
  std::span<const std::uint8_t> thumbnail;  // JPEG, or empty
};
struct CheckpointImage {
  ProjectImage image;
  std::string pixel_hash;  // of its content, which is known or in the same checkpoint; empty: skipped
};

// An open project. Movable. Reading is safe beside a writer in another process; one Project object
// is used by one thread at a time, except thumbnail(), which is thread-safe.
class Project {
 public:
  // For reading. not_found when there is none; corrupt, unsupported (newer version), ... with a
  // sentence that names the file and what to do.
  static Result<Project> open(const std::string& folder);
  // For writing: created when the folder is missing or empty; refused when the folder holds other
  // things or another process is writing. What a killed writer left behind is tidied up;
  // recovered() then says so.
  static Result<Project> open_for_writing(const std::string& folder, ProjectKind kind);

  // io, with its process id, when another process is writing to this project. Takes no lock itself.
  static Status check_no_writer(const std::string& folder);

  Project(Project&&) noexcept;
  Project& operator=(Project&&) noexcept;
  ~Project();

  const std::string& folder() const;  // absolute
  ProjectKind kind() const;
  int format_version() const;
  std::uint64_t bytes_on_disk() const;
  // Sentences about what was found damaged and put right on opening for writing.
  const std::vector<std::string>& recovered() const;

  // ---- embeddings
  const std::optional<EmbeddingSpace>& space() const;
  // Starts a new space: every content counts as not embedded, the current fit is dropped.
  Status start_space(const EmbeddingSpace& space);
  // The same model lies elsewhere now.
  Status set_model_folder(const std::string& folder);
  // All rows, mapped: [rows, space.size]. Valid until the next start_space.
  Result<SharedMatrix<float>> embeddings() const;
  // The given rows in the given order; mapped when they are 0, 1, 2, ..., else copied.
  Result<SharedMatrix<float>> embedding_rows(std::span<const std::int64_t> rows) const;

  // ---- images and contents
  // Present ones, by path, bytewise; rows of a matrix in their order.
  Result<std::vector<ProjectImage>> images() const;
  Result<std::vector<ProjectImage>> all_images() const;  // also those not present
  Result<std::vector<ProjectContent>> contents() const;  // by id
  // What lies at these rows of the embeddings, in their order; rows of which no file is present are left
  // out.
  Result<std::vector<ProjectMatch>> matches(std::span<const std::int64_t> embedding_rows) const;
  Result<std::optional<ProjectContent>> content_by_pixel_hash(const std::string& hash) const;
  Result<std::optional<ProjectContent>> content_by_byte_hash(const std::string& hash) const;
  // Forgets all images, contents and the fit. The next thing to do is start_space.
  Status clear();
  Status checkpoint(std::span<CheckpointContent> contents, std::span<const CheckpointImage> images);
  // The files that the current inputs lead to, as paths; all others become not present.
  Status set_present(std::span<const std::string> paths);
  Result<std::vector<std::uint8_t>> thumbnail(const ProjectContent& content) const;

  // ---- fits
  // Writes the arrays to a new folder, then makes them current in one transaction, then removes the
  // former fit.
  Status store_fit(const ProjectFit& fit, const ProjectFitArrays& arrays);
  Result<std::optional<ProjectFit>> fit() const;  // the current one
  // Of a fit that fit() gave; not_found when a writer has replaced it since.
  Result<ProjectFitArrays> fit_arrays(const ProjectFit& fit) const;
  Status set_cluster_name(std::int32_t label, const std::string& name);
  // All names of the fit with this id, by label, and where they are from (JSON; docs/project-format.md), in
  // one transaction. invalid_argument when another fit is the current one by now.
  Status set_cluster_names(std::int64_t fit, std::span<const std::string> names,
                           const std::string& details);

  // Differs whenever the space or the fit is another one: a reader that takes several things from a
  // project while another process may be writing compares it before and after, and starts over.
  Result<std::string> state() const;

  // ---- runs
  Result<std::int64_t> start_run(const ProjectRun& run);
  Status add_step(std::int64_t run, const StepTiming& step);
  Status finish_run(std::int64_t run);
  Result<std::vector<ProjectRun>> runs() const;  // oldest first

  // ---- small texts by name (the inputs of the last run, ...)
  Result<std::optional<std::string>> setting(const std::string& name) const;
  Status set_setting(const std::string& name, const std::string& value);

 private:
  struct Parts;
  explicit Project(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace clipcluster
