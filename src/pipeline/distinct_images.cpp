#include "pipeline/distinct_images.h"

#include <unordered_map>
#include <utility>

namespace clipcluster::internal {

Result<ProjectFiles> read_project_files(const Project& project) {
  ProjectFiles files;
  CLIPCLUSTER_ASSIGN_OR_RETURN(files.images, project.images());
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<ProjectContent> contents, project.contents());
  std::unordered_map<std::int64_t, ProjectContent*> by_id;
  for (ProjectContent& content : contents) by_id.emplace(content.id, &content);

  std::unordered_map<std::int64_t, std::size_t> place;
  for (std::size_t i = 0; i < files.images.size(); ++i) {
    const ProjectImage& image = files.images[i];
    if (image.skipped()) continue;
    const auto content = by_id.find(image.content);
    if (content == by_id.end()) {
      return Status::corrupt("the catalogue of '" + project.folder() + "' says nothing of the content of " +
                             image.path + ". Remove the project folder and run again.");
    }
    const auto [entry, is_new] = place.emplace(image.content, files.distinct.size());
    if (is_new) files.distinct.push_back({std::move(*content->second), {}});
    files.distinct[entry->second].files.push_back(i);
  }
  return files;
}

}  // namespace clipcluster::internal
