// Everything that `clipcluster info` shows.
#include <utility>

#include "clipcluster/pipeline.h"
#include "pipeline/consensus_figures.h"
#include "pipeline/distinct_images.h"
#include "pipeline/options_json.h"
#include "pipeline/selection.h"
#include "pipeline/slice_origin.h"
#include "pipeline/stored_hierarchy.h"

namespace clipcluster {
namespace {

void count_files(const internal::ProjectFiles& files, ProjectInfo& info) {
  for (const ProjectImage& image : files.images) {
    if (image.skipped()) {
      ++info.skipped;
      ++info.skipped_by_reason[image.skip_reason];
    } else {
      ++info.files;
      if (!image.format.empty()) ++info.formats[image.format];
    }
  }
  info.distinct = files.distinct.size();
  info.duplicates = info.files - info.distinct;
  for (const internal::DistinctImage& image : files.distinct)
    info.waiting += image.content.embedding_row < 0 ? 1U : 0U;
}

void count_points(ProjectFit fit, ProjectInfo& info) {
  info.fitted = true;
  for (const ProjectPoint& point : fit.points) {
    ++(point.held_out ? info.held_out : info.training);
    info.noise += point.label < 0 ? 1U : 0U;
  }
  info.clusters = std::move(fit.clusters);
  info.fit_options = std::move(fit.options);
  info.fit_figures = std::move(fit.figures);
  const auto figures = internal::parse(info.fit_figures);
  info.consensus = internal::consensus_from_json(figures);
  if (figures.contains("noise")) info.noise_figures = internal::noise_figures_from_json(figures["noise"]);
}

}  // namespace

Result<ProjectInfo> project_info(const std::string& folder) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Project project, Project::open(folder));
  ProjectInfo info;
  info.folder = project.folder();
  info.kind = project.kind();
  info.format_version = project.format_version();
  info.bytes_on_disk = project.bytes_on_disk();
  info.space = project.space();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> inputs, project.setting("inputs"));
  if (inputs) info.inputs = internal::unpack_paths(*inputs);
  CLIPCLUSTER_ASSIGN_OR_RETURN(internal::StoredSelection selection, internal::read_selection(project));
  info.where = std::move(selection.where);
  info.metadata = std::move(selection.metadata);
  CLIPCLUSTER_ASSIGN_OR_RETURN(info.slice, internal::read_slice_origin(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::ProjectFiles files, internal::read_project_files(project));
  count_files(files, info);
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::optional<ProjectFit> fit, project.fit());
  if (fit) info.hierarchy = internal::stored_hierarchy(project, *fit);
  if (fit) count_points(std::move(*fit), info);
  CLIPCLUSTER_ASSIGN_OR_RETURN(info.runs, project.runs());
  return info;
}

}  // namespace clipcluster
