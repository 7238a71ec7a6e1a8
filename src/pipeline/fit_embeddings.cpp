// A matrix to clusters: a project without images.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "clipcluster/pipeline.h"
#include "clipcluster/version.h"
#include "pipeline/fit_project.h"
#include "pipeline/machine.h"
#include "pipeline/options_json.h"
#include "pipeline/row_hash.h"
#include "pipeline/run_counts.h"
#include "pipeline/slice_origin.h"

namespace clipcluster {
namespace {

constexpr std::size_t kRowsPerCheckpoint = 4096;

Status check_rows(MatrixView<const float> embeddings) {
  if (embeddings.empty()) return Status::invalid_argument("the embeddings have no rows or no columns");
  for (std::size_t i = 0; i < embeddings.rows(); ++i) {
    for (const float value : embeddings.row_span(i)) {
      if (std::isfinite(value)) continue;
      return Status::invalid_argument(
          fmt::format("row {} of the embeddings holds {}; remove that row first", i, value));
    }
  }
  return {};
}

Result<std::vector<std::string>> row_names(std::size_t rows, std::span<const std::string> names) {
  if (names.empty()) {
    std::vector<std::string> numbers;
    for (std::size_t i = 0; i < rows; ++i) numbers.push_back(fmt::format("row {}", i));
    return numbers;
  }
  if (names.size() != rows) {
    return Status::invalid_argument(fmt::format("there are {} names for {} rows", names.size(), rows));
  }
  std::unordered_set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second)
      return Status::invalid_argument("the name '" + name + "' stands there twice");
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Status store_rows(Project& project, MatrixView<const float> embeddings,
                  const std::vector<std::string>& names, Progress& progress) {
  std::unordered_set<std::string> known;
  for (std::size_t first = 0; first < names.size(); first += kRowsPerCheckpoint) {
    progress.report({"storing the embeddings", first, names.size(), "rows"});
    if (progress.cancelled()) return Status::cancelled();
    std::vector<CheckpointContent> contents;
    std::vector<CheckpointImage> images;
    const std::size_t last = std::min(names.size(), first + kRowsPerCheckpoint);
    for (std::size_t i = first; i < last; ++i) {
      CheckpointImage image;
      image.image.path = names[i];
      image.pixel_hash = internal::row_hash(embeddings.row_span(i));
      if (known.insert(image.pixel_hash).second) {
        CheckpointContent content;
        content.content.pixel_hash = image.pixel_hash;
        content.embedding = embeddings.row_span(i);
        contents.push_back(content);
      }
      images.push_back(std::move(image));
    }
    CLIPCLUSTER_RETURN_IF_ERROR(project.checkpoint(contents, images));
  }
  progress.report({"storing the embeddings", names.size(), names.size(), "rows"});
  return {};
}

// The very rows, with the very names, are there already.
Result<bool> is_stored(const Project& project, const EmbeddingSpace& space,
                       const std::vector<std::string>& names) {
  if (!project.space() || project.space()->fingerprint != space.fingerprint) return false;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectImage> images, project.images());
  return std::equal(images.begin(), images.end(), names.begin(), names.end(),
                    [](const ProjectImage& image, const std::string& name) { return image.path == name; });
}

Status store_embeddings(Project& project, MatrixView<const float> embeddings,
                        const std::vector<std::string>& names, RunSummary& summary, Progress& progress) {
  EmbeddingSpace space;
  space.fingerprint = internal::row_hash({embeddings.data(), embeddings.size()});
  space.size = static_cast<int>(embeddings.cols());
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool stored, is_stored(project, space, names));
  if (!stored) {
    CLIPCLUSTER_RETURN_IF_ERROR(project.clear());
    CLIPCLUSTER_RETURN_IF_ERROR(project.start_space(space));
    CLIPCLUSTER_RETURN_IF_ERROR(store_rows(project, embeddings, names, progress));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(internal::count_files(project, summary));
  summary.reused = stored ? summary.distinct : 0;
  summary.embedded = summary.distinct - summary.reused;
  return {};
}

Result<std::int64_t> start_run(Project& project, const FitOptions& options,
                               MatrixView<const float> embeddings) {
  nlohmann::ordered_json json;
  json["rows"] = embeddings.rows();
  json["columns"] = embeddings.cols();
  json["fit"] = internal::fit_options_json(options);
  ProjectRun run;
  run.command = "fit";
  run.options = internal::dump(json);
  run.program_version = version();
  run.machine = internal::machine_description();
  return project.start_run(run);
}

}  // namespace

Result<RunSummary> fit_embeddings(const std::string& folder, MatrixView<const float> embeddings,
                                  std::span<const std::string> names, const FitOptions& options,
                                  Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(internal::check_fit_options(options));
  CLIPCLUSTER_RETURN_IF_ERROR(check_rows(embeddings));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::string> rows, row_names(embeddings.rows(), names));
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, Project::open_for_writing(folder, ProjectKind::vectors));
  CLIPCLUSTER_RETURN_IF_ERROR(internal::refuse_slice(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t run, start_run(project, options, embeddings));

  internal::StepClock clock(project, run);
  RunSummary summary;
  CLIPCLUSTER_RETURN_IF_ERROR(clock.time("storing the embeddings", rows.size(), [&] {
    return store_embeddings(project, embeddings, rows, summary, progress);
  }));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::ProjectFitOutcome fit,
                               internal::fit_project(project, options, clock, progress));
  internal::add_fit(fit, summary);
  summary.steps = clock.steps();
  CLIPCLUSTER_RETURN_IF_ERROR(project.finish_run(run));
  return summary;
}

}  // namespace clipcluster
