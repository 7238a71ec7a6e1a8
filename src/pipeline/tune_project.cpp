// The search for options in a project, and fitting it with what was found.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "clipcluster/pca.h"
#include "clipcluster/tune.h"
#include "clipcluster/version.h"
#include "pipeline/distinct_images.h"
#include "pipeline/fit_project.h"
#include "pipeline/machine.h"
#include "pipeline/near_duplicates.h"
#include "pipeline/options_json.h"
#include "pipeline/row_hash.h"
#include "pipeline/run_counts.h"
#include "pipeline/split.h"
#include "pipeline/step_clock.h"
#include "pipeline/stored_tuning.h"

namespace clipcluster {
namespace {

using internal::StoredTuning;

// The rows that a fit with these options sees as its training points.
struct SearchedPoints {
  std::vector<std::int64_t> rows;
  std::vector<std::string> paths;
};

Result<SearchedPoints> searched_points(const Project& project, const FitOptions& options) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(internal::ProjectFiles files, internal::read_project_files(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto duplicates, internal::read_duplicates(project));
  if (duplicates) internal::leave_out_copies(*duplicates, files.distinct);
  std::vector<std::string> hashes;
  for (const internal::DistinctImage& image : files.distinct) {
    if (image.content.embedding_row < 0) {
      return Status::not_found("not all images in '" + project.folder() +
                               "' are embedded. Run clipcluster run first.");
    }
    hashes.push_back(image.content.pixel_hash);
  }
  if (hashes.empty())
    return Status::not_found("'" + project.folder() + "' holds no images. Run clipcluster run first.");
  const std::vector<bool> held_out = internal::choose_held_out(hashes, options.test_fraction, options.seed);
  SearchedPoints points;
  for (std::size_t i = 0; i < files.distinct.size(); ++i) {
    if (held_out[i]) continue;
    points.rows.push_back(files.distinct[i].content.embedding_row);
    points.paths.push_back(files.images[files.distinct[i].files.front()].path);
  }
  return points;
}

// As a fit does before UMAP.
Result<SharedMatrix<float>> laid_out_points(const SharedMatrix<float>& points, const FitOptions& options,
                                            Progress& progress) {
  if (options.pca_components == 0) return points;
  PcaOptions pca = options.pca;
  pca.n_components = static_cast<int>(
      std::min({static_cast<std::size_t>(options.pca_components), points.rows(), points.cols()}));
  pca.seed = options.seed;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const PcaModel model, fit_pca(points, pca, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(MatrixF components, pca_transform(model, points));
  return SharedMatrix<float>(std::move(components));
}

// What the search leaves as it is.
Result<FitOptions> options_around(const std::optional<ProjectFit>& fit, const TuneOptions& options,
                                  const std::string& folder) {
  FitOptions around;
  if (fit) around = internal::fit_options_from_json(internal::parse(fit->options), around);
  if (options.seed) around.seed = *options.seed;
  around.consensus_runs = 0;
  if (around.reducer == Reducer::umap) return around;
  return Status::unsupported(
      fmt::format("'{}' was fitted with the reducer {}, and tune searches options of UMAP. Run clipcluster "
                  "with --reducer umap first.",
                  folder, reducer_name(around.reducer)));
}

FitOptions with_setting(FitOptions options, const ClusteringSetting& setting) {
  options.umap = clipcluster::with_setting(options.umap, setting);
  options.hdbscan = clipcluster::with_setting(options.hdbscan, setting);
  options.min_cluster_size = setting.min_cluster_size;
  return options;
}

TuningOptions tuning_options(const FitOptions& around, const TuneOptions& options) {
  TuningOptions tuning;
  tuning.umap = around.umap;
  tuning.umap.seed = around.seed;
  tuning.hdbscan = around.hdbscan;
  tuning.wishes = options.wishes;
  tuning.budget = options.budget;
  tuning.keep_labels = options.keep_labels;
  return tuning;
}

Result<TuneSummary> search(const Project& project, const TuneOptions& options, Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<ProjectFit> fit, project.fit());
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FitOptions around, options_around(fit, options, project.folder()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(SearchedPoints searched, searched_points(project, around));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const SharedMatrix<float> rows, project.embedding_rows(searched.rows));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const SharedMatrix<float> points, laid_out_points(rows, around, progress));
  TuneSummary summary;
  CLIPCLUSTER_ASSIGN_OR_RETURN(summary.result,
                               tune_clustering(points, tuning_options(around, options), progress));
  summary.points = points.rows();
  summary.explanation = explain_choice(summary.result, 0);
  summary.options = with_setting(around, summary.result.candidates[0].setting);
  if (fit) {
    summary.former_clusters = fit->clusters.size();
    summary.former_consensus_runs =
        internal::fit_options_from_json(internal::parse(fit->options), FitOptions()).consensus_runs;
  }
  if (options.keep_labels) summary.paths = std::move(searched.paths);
  return summary;
}

Result<std::int64_t> start_run(Project& project, const TuneSummary& summary) {
  nlohmann::ordered_json json;
  json["tried"] = summary.result.tried;
  json["fit"] = internal::fit_options_json(summary.options);
  ProjectRun run;
  run.command = "tune";
  run.options = internal::dump(json);
  run.program_version = version();
  run.machine = internal::machine_description();
  return project.start_run(run);
}

// The choice is stored once the fit stands, so that a project never holds one without the other for long;
// stopped between the two, it has the former choice and the new fit, and the next run fits as before.
Status fit_and_store(Project& project, TuneSummary& summary, Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t run, start_run(project, summary));
  internal::StepClock clock(project, run);
  RunSummary fitted;
  CLIPCLUSTER_RETURN_IF_ERROR(internal::count_files(project, fitted));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::ProjectFitOutcome fit,
                               internal::fit_project(project, summary.options, clock, progress));
  internal::add_fit(fit, fitted);
  fitted.steps = clock.steps();
  StoredTuning tuning;
  tuning.fingerprint = project.space()->fingerprint;
  tuning.options = summary.options;
  tuning.result = summary.result;
  tuning.chosen = summary.chosen;
  tuning.explanation = summary.explanation;
  CLIPCLUSTER_RETURN_IF_ERROR(internal::store_tuning(project, tuning));
  CLIPCLUSTER_RETURN_IF_ERROR(project.finish_run(run));
  summary.fitted = std::move(fitted);
  return {};
}

Result<Project> open_existing(const std::string& folder) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Project reader, Project::open(folder));  // never makes a new one
  return Project::open_for_writing(folder, reader.kind());
}

}  // namespace

Result<TuneSummary> tune_project(const std::string& folder, const TuneOptions& options,
                                 Progress& progress) {
  if (options.dry_run) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const Project reader, Project::open(folder));
    return search(reader, options, progress);
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, open_existing(folder));
  CLIPCLUSTER_ASSIGN_OR_RETURN(TuneSummary summary, search(project, options, progress));
  CLIPCLUSTER_RETURN_IF_ERROR(fit_and_store(project, summary, progress));
  return summary;
}

Result<TuneSummary> use_tuning(const std::string& folder, std::size_t rank, Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, open_existing(folder));
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::optional<StoredTuning> stored, internal::read_tuning(project));
  if (!stored) {
    return Status::not_found("'" + folder +
                             "' keeps no candidates to choose from. Run clipcluster tune first.");
  }
  if (project.space() && project.space()->fingerprint != stored->fingerprint) {
    return Status::not_found("the candidates in '" + folder +
                             "' are of other embeddings. Run clipcluster tune again.");
  }
  const std::size_t kept = stored->result.candidates.size();
  if (rank < 1 || rank > kept) {
    return Status::invalid_argument(
        fmt::format("there is no candidate {}; '{}' keeps {}, 1 being the best", rank, folder, kept));
  }
  TuneSummary summary;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<ProjectFit> fit, project.fit());
  if (fit) summary.former_clusters = fit->clusters.size();
  summary.result = std::move(stored->result);
  summary.chosen = rank - 1;
  summary.explanation = explain_choice(summary.result, summary.chosen);
  summary.options = with_setting(stored->options, summary.result.candidates[summary.chosen].setting);
  CLIPCLUSTER_RETURN_IF_ERROR(fit_and_store(project, summary, progress));
  summary.points = summary.fitted->distinct;
  return summary;
}

Status forget_tuning(const std::string& folder) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, open_existing(folder));
  return internal::drop_tuning(project);
}

Result<std::optional<FitOptions>> tuned_fit_options(const std::string& folder, const FitOptions& said,
                                                    const std::set<std::string>& given,
                                                    MatrixView<const float> rows) {
  const Result<Project> project = Project::open(folder);
  if (!project.is_ok() || !project->space()) return std::optional<FitOptions>();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<StoredTuning> stored, internal::read_tuning(*project));
  if (!stored || stored->fingerprint != project->space()->fingerprint) return std::optional<FitOptions>();
  if (!rows.empty() && internal::row_hash({rows.data(), rows.size()}) != stored->fingerprint)
    return std::optional<FitOptions>();
  if (given.contains("consensus_runs") && said.consensus_runs > 0) return std::optional<FitOptions>();
  if (given.contains("reducer") && said.reducer != Reducer::umap) return std::optional<FitOptions>();
  auto merged = internal::fit_options_json(stored->options);
  const auto said_options = internal::fit_options_json(said);  // must outlive the loop over it
  for (const auto& [name, value] : said_options.items()) {
    if (given.contains(name)) merged[name] = value;
  }
  FitOptions options = internal::fit_options_from_json(merged, said);
  options.consensus_runs = 0;
  return std::optional<FitOptions>(std::move(options));
}

}  // namespace clipcluster
