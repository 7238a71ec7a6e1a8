#include "pipeline/text_model.h"

#include <fmt/format.h>

#include <filesystem>

#include "pipeline/model.h"
#include "pipeline/paths.h"

namespace clipcluster::internal {

Result<std::string> model_folder_of(const Project& project, const std::string& given) {
  if (!project.space()) {
    return Status::not_found("the project in '" + project.folder() +
                             "' has no embeddings yet: its run was stopped. Run clipcluster run again.");
  }
  if (!given.empty()) return absolute_path(given);
  const std::string& folder = project.space()->model_folder;
  if (folder.empty()) {
    return Status::invalid_argument(
        "the project in '" + project.folder() +
        "' was made from embeddings and has no model for words and images; name the "
        "CLIP checkpoint folder that made them with --model.");
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) return folder;
  return Status::not_found(
      fmt::format("the model that '{}' was made with is no longer in '{}'; say with --model "
                  "where it is now.",
                  project.folder(), folder));
}

Status check_model(const Project& project, const EmbeddingSpace& model) {
  const EmbeddingSpace& space = *project.space();
  if (model.size != space.size) {
    return Status::invalid_argument(fmt::format(
        "the model in '{}' makes vectors of {} columns, but the embeddings of '{}' have {}; name the "
        "model that made them.",
        model.model_folder, model.size, project.folder(), space.size));
  }
  if (project.kind() == ProjectKind::vectors || model.fingerprint == space.fingerprint) return {};
  return Status::invalid_argument(fmt::format(
      "the model in '{}' is not the one that '{}' was made with (that was '{}'). Name the right model "
      "folder, or run clipcluster run with this model first.",
      model.model_folder, project.folder(), space.model_folder));
}

Result<ClipModel> load_text_tower(const Project& project, const std::string& given) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string folder, model_folder_of(project, given));
  ClipOptions options;
  options.precision = precision_of(*project.space());
  options.image_tower = false;
  CLIPCLUSTER_ASSIGN_OR_RETURN(ClipModel model, ClipModel::load(folder, options));
  CLIPCLUSTER_RETURN_IF_ERROR(check_model(project, space_of(model)));
  return model;
}

}  // namespace clipcluster::internal
