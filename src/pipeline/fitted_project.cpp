#include "pipeline/fitted_project.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "pipeline/near_duplicates.h"

namespace clipcluster::internal {
namespace {

// A writer replaces a fit every few minutes at most; so many times in a row it cannot happen.
constexpr int kAttempts = 5;

using ImagesByContent = std::unordered_map<std::int64_t, std::vector<const ProjectImage*>>;

ImagesByContent by_content(const std::vector<ProjectImage>& images) {
  ImagesByContent groups;
  for (const ProjectImage& image : images) {
    if (!image.skipped()) groups[image.content].push_back(&image);
  }
  return groups;
}

FittedPoint point_of(ProjectContent content, const std::vector<const ProjectImage*>& files) {
  FittedPoint point;
  point.content = std::move(content);
  const auto present =
      std::find_if(files.begin(), files.end(), [](const ProjectImage* f) { return f->present; });
  const ProjectImage* kept = present != files.end() ? *present : files.empty() ? nullptr : files.front();
  if (kept != nullptr) point.path = kept->path;
  for (const ProjectImage* file : files) {
    if (file != kept && file->present) point.copies.push_back(file->path);
    if (!file->byte_hash.empty()) point.byte_hashes.push_back(file->byte_hash);
  }
  point.exact_copies = point.copies.size();
  return point;
}

// A near-duplicate that is no point of this fit belongs to the point that it follows.
Status add_near_duplicates(FittedProject& fitted, const std::vector<ProjectContent>& contents,
                           const ImagesByContent& files) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<StoredDuplicates> duplicates,
                               read_duplicates(*fitted.project));
  if (!duplicates) return {};
  std::unordered_map<std::string, FittedPoint*> points;
  for (FittedPoint& point : fitted.points) points.emplace(point.content.pixel_hash, &point);
  for (const ProjectContent& content : contents) {
    const auto followed = duplicates->followed.find(content.pixel_hash);
    const auto group = files.find(content.id);
    if (followed == duplicates->followed.end() || group == files.end()) continue;
    const auto kept = points.find(followed->second.kept);
    if (kept == points.end() || points.contains(content.pixel_hash)) continue;
    FittedPoint copy = point_of(content, group->second);
    if (!copy.path.empty()) kept->second->copies.push_back(copy.path);
    kept->second->copies.insert(kept->second->copies.end(), copy.copies.begin(), copy.copies.end());
    kept->second->byte_hashes.insert(kept->second->byte_hashes.end(), copy.byte_hashes.begin(),
                                     copy.byte_hashes.end());
    kept->second->copy_pixel_hashes.push_back(content.pixel_hash);
    if (copy.path.empty()) continue;
    kept->second->near_duplicates.push_back(
        {std::move(copy.content), std::move(copy.path), std::move(copy.copies)});
  }
  return {};
}

Status read_points(FittedProject& fitted) {
  const Project& project = *fitted.project;
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<ProjectImage> images, project.all_images());
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<ProjectContent> contents, project.contents());
  std::unordered_map<std::int64_t, ProjectContent*> content_by_id;
  for (ProjectContent& content : contents) content_by_id.emplace(content.id, &content);
  const ImagesByContent files = by_content(images);
  const std::vector<const ProjectImage*> none;

  std::vector<std::int64_t> rows;
  for (const ProjectPoint& point : fitted.fit.points) {
    const auto content = content_by_id.find(point.content);
    if (content == content_by_id.end()) {
      return Status::corrupt("the catalogue of '" + project.folder() +
                             "' has a fit of images that it does not know. Run clipcluster run again.");
    }
    const auto group = files.find(point.content);
    rows.push_back(content->second->embedding_row);
    fitted.points.push_back(point_of(*content->second, group == files.end() ? none : group->second));
    fitted.training += point.held_out ? 0U : 1U;
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(fitted.embeddings, project.embedding_rows(rows));
  CLIPCLUSTER_RETURN_IF_ERROR(add_near_duplicates(fitted, contents, files));
  for (ProjectImage& image : images) {
    if (image.present) fitted.images.push_back(std::move(image));
  }
  return {};
}

Result<FittedProject> read_once(const std::string& folder, bool& settled) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, Project::open(folder));
  FittedProject fitted;
  fitted.project = std::make_shared<Project>(std::move(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string before, fitted.project->state());
  const auto read = [&]() -> Status {
    CLIPCLUSTER_ASSIGN_OR_RETURN(std::optional<ProjectFit> fit, fitted.project->fit());
    if (!fit) {
      return Status::not_found("the project in '" + folder +
                               "' has no clusters yet: its run was stopped. Run clipcluster run again.");
    }
    fitted.fit = std::move(*fit);
    CLIPCLUSTER_ASSIGN_OR_RETURN(fitted.arrays, fitted.project->fit_arrays(fitted.fit));
    return read_points(fitted);
  };
  const Status status = read();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string after, fitted.project->state());
  settled = before == after;
  if (!status.is_ok()) return status;
  return fitted;
}

}  // namespace

Result<FittedProject> read_fitted_project(const std::string& folder) {
  for (int attempt = 1;; ++attempt) {
    bool settled = true;  // an error before the first look is final, too
    Result<FittedProject> fitted = read_once(folder, settled);
    if (settled || attempt == kAttempts) return fitted;
  }
}

}  // namespace clipcluster::internal
