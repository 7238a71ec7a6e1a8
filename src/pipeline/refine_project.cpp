// Clusters of a project as a project of their own.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/number_text.h"
#include "clipcluster/slices.h"
#include "clipcluster/version.h"
#include "pipeline/chosen_clusters.h"
#include "pipeline/fit_project.h"
#include "pipeline/fitted_project.h"
#include "pipeline/machine.h"
#include "pipeline/options_json.h"
#include "pipeline/paths.h"
#include "pipeline/run_counts.h"
#include "pipeline/slice_images.h"
#include "pipeline/slice_origin.h"

namespace clipcluster {
namespace {

using internal::FittedProject;
using internal::SliceImages;

// "cluster 7", "clusters 3 and 7 and what is in no cluster"
std::string clusters_text(const SliceOrigin& origin) {
  std::string text;
  if (!origin.clusters.empty()) {
    text = fmt::format("{} {}", origin.clusters.size() == 1 ? "cluster" : "clusters",
                       fmt::join(origin.clusters, " and "));
  }
  if (!origin.noise) return text;
  return text.empty() ? "what is in no cluster" : text + " and what is in no cluster";
}

std::string slice_folder(const std::string& project, const SliceOrigin& origin) {
  std::string name =
      origin.clusters.empty() ? "" : fmt::format("cluster-{}", fmt::join(origin.clusters, "+"));
  if (origin.noise) name += name.empty() ? "noise" : "+noise";
  return internal::absolute_path(project) + "/slices/" + name;
}

// Fewer cannot fall apart into two clusters.
Status check_size(const SliceImages& images, const SliceOrigin& origin, const FitOptions& options) {
  const int smallest = options.min_cluster_size.value_or(automatic_min_cluster_size(images.points));
  const std::size_t needed = 2 * static_cast<std::size_t>(smallest);
  if (images.points >= needed) return {};
  const std::size_t fitting = images.points / 2;
  const std::string remedy =
      fitting >= 2
          ? fmt::format("Give --min-cluster-size {} or less, or take more clusters together.", fitting)
          : "Take more clusters together.";
  return Status::invalid_argument(
      fmt::format("{} of '{}' {} {} different image{}: too few for two clusters of at least {}. {}",
                  clusters_text(origin), origin.parent, origin.clusters.size() > 1 ? "have" : "has",
                  images.points, images.points == 1 ? "" : "s", smallest, remedy));
}

// Which cluster of the parent has most of what the slice holds.
std::string where_they_went(const FittedProject& parent, const std::vector<ProjectContent>& held) {
  std::unordered_set<std::string> hashes;
  for (const ProjectContent& content : held) hashes.insert(content.pixel_hash);
  std::vector<std::size_t> counts(parent.fit.clusters.size(), 0);
  for (std::size_t i = 0; i < parent.points.size(); ++i) {
    const std::int32_t label = parent.fit.points[i].label;
    if (label >= 0 && hashes.contains(parent.points[i].content.pixel_hash))
      ++counts[static_cast<std::size_t>(label)];
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  if (most == counts.end() || *most == 0) return "they are in no cluster there now";
  return fmt::format("most of those in a cluster are in cluster {} there now", most - counts.begin());
}

// A new fit numbers clusters anew; a slice must not become one of other images unnoticed.
Status check_same_images(const Project& slice, const FittedProject& parent, const SliceOrigin& origin,
                         const SliceImages& images) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectImage> files, slice.images());
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<ProjectContent> held, slice.contents());
  std::unordered_set<std::int64_t> present;
  for (const ProjectImage& file : files) present.insert(file.content);
  std::erase_if(held, [&](const ProjectContent& content) { return !present.contains(content.id); });
  const std::unordered_set<std::string> wanted = images.hashes();
  const auto common = static_cast<std::size_t>(std::count_if(
      held.begin(), held.end(), [&](const ProjectContent& c) { return wanted.contains(c.pixel_hash); }));
  if (2 * common >= held.size()) return {};
  return Status::invalid_argument(
      fmt::format("'{}' is a slice of other images: only {} of its {} are in {} of '{}', which was fitted "
                  "anew since; {}. "
                  "Name that cluster, or another folder with -o.",
                  slice.folder(), grouped(common), grouped(held.size()), clusters_text(origin),
                  origin.parent, where_they_went(parent, held)));
}

// True when it is there already. Everything else in the folder is refused here or by open_for_writing.
Result<bool> check_place(const std::string& folder, const FittedProject& parent, const SliceOrigin& origin,
                         const SliceImages& images) {
  const Result<Project> there = Project::open(folder);
  if (!there.is_ok()) {
    const ErrorCode code = there.status().code();
    if (code == ErrorCode::not_found) return false;
    return there.status();
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<SliceOrigin> former,
                               internal::read_slice_origin(*there));
  if (!former) {
    if (!there->space()) return false;  // stopped before it held anything
    return Status::invalid_argument("'" + folder +
                                    "' is a project of its own, not a slice. Name another folder with -o.");
  }
  if (former->parent != origin.parent) {
    return Status::invalid_argument("'" + folder + "' is a slice of another project, '" + former->parent +
                                    "'. Name another folder with -o.");
  }
  CLIPCLUSTER_RETURN_IF_ERROR(check_same_images(*there, parent, origin, images));
  return true;
}

Result<std::int64_t> start_run(Project& slice, const SliceOrigin& origin, const FitOptions& fit) {
  nlohmann::ordered_json json;
  json["parent"] = origin.parent;
  json["clusters"] = origin.clusters;
  json["noise"] = origin.noise;
  json["fit"] = internal::fit_options_json(fit);
  ProjectRun run;
  run.command = "refine";
  run.options = internal::dump(json);
  run.program_version = version();
  run.machine = internal::machine_description();
  return slice.start_run(run);
}

}  // namespace

Result<std::string> default_slice_folder(const std::string& project,
                                         const std::vector<std::string>& clusters, bool noise) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Project opened, Project::open(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<ProjectFit> fit, opened.fit());
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const SliceOrigin origin,
      internal::choose_clusters(fit ? fit->clusters : std::vector<ProjectCluster>(), clusters, noise));
  return slice_folder(project, origin);
}

Result<RefineSummary> refine_project(const std::string& project, const std::string& folder,
                                     const RefineOptions& options, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(internal::check_fit_options(options.fit));
  CLIPCLUSTER_RETURN_IF_ERROR(Project::check_no_writer(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FittedProject parent, internal::read_fitted_project(project));
  RefineSummary summary;
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      summary.origin, internal::choose_clusters(parent.fit.clusters, options.clusters, options.noise));
  summary.origin.parent = parent.project->folder();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const SliceImages images,
                               internal::images_of_clusters(parent, summary.origin));
  CLIPCLUSTER_RETURN_IF_ERROR(check_size(images, summary.origin, options.fit));
  summary.folder = folder.empty() ? slice_folder(project, summary.origin) : internal::absolute_path(folder);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool was_there,
                               check_place(summary.folder, parent, summary.origin, images));
  summary.made = !was_there;

  CLIPCLUSTER_ASSIGN_OR_RETURN(Project slice,
                               Project::open_for_writing(summary.folder, parent.project->kind()));
  for (const std::string& sentence : slice.recovered()) {
    if (options.note) options.note(sentence);
  }
  CLIPCLUSTER_RETURN_IF_ERROR(internal::store_slice_origin(slice, summary.origin));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t run, start_run(slice, summary.origin, options.fit));
  internal::StepClock clock(slice, run);
  CLIPCLUSTER_RETURN_IF_ERROR(clock.time("copying", images.contents.size(), [&] {
    return internal::copy_images(*parent.project, images, slice, progress);
  }));
  CLIPCLUSTER_RETURN_IF_ERROR(internal::copy_settings(*parent.project, images, slice));
  CLIPCLUSTER_RETURN_IF_ERROR(internal::count_files(slice, summary.run));
  summary.run.reused = summary.run.distinct;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::ProjectFitOutcome fit,
                               internal::fit_project(slice, options.fit, clock, progress));
  internal::add_fit(fit, summary.run);
  summary.run.steps = clock.steps();
  CLIPCLUSTER_RETURN_IF_ERROR(slice.finish_run(run));
  return summary;
}

}  // namespace clipcluster
