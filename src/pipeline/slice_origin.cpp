#include "pipeline/slice_origin.h"

#include <fmt/format.h>

#include <filesystem>

#include "pipeline/options_json.h"
#include "pipeline/paths.h"

namespace clipcluster::internal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kParent = "slice_of";  // a list of one path, which any bytes fit into
constexpr const char* kSlice = "slice";      // JSON

bool lies_in(const std::string& folder, const std::string& parent) {
  return folder.starts_with(parent + "/");
}

}  // namespace

Result<std::optional<SliceOrigin>> read_slice_origin(const Project& project) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> parent, project.setting(kParent));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> slice, project.setting(kSlice));
  if (!parent || parent->empty() || !slice) return std::optional<SliceOrigin>();
  SliceOrigin origin;
  const std::string path = unpack_paths(*parent).front();
  origin.parent =
      path.starts_with('/') ? path : (fs::path(project.folder()) / path).lexically_normal().string();
  while (origin.parent.size() > 1 && origin.parent.ends_with('/')) origin.parent.pop_back();
  const auto json = parse(*slice);
  const auto clusters = json.find("clusters");
  if (clusters != json.end() && clusters->is_array()) {
    for (const auto& label : *clusters) {
      if (label.is_number_integer()) origin.clusters.push_back(label.get<std::int32_t>());
    }
  }
  const auto noise = json.find("noise");
  origin.noise = noise != json.end() && noise->is_boolean() && noise->get<bool>();
  return std::optional<SliceOrigin>(std::move(origin));
}

Status store_slice_origin(Project& project, const SliceOrigin& origin) {
  const std::string parent = lies_in(project.folder(), origin.parent)
                                 ? fs::path(origin.parent).lexically_relative(project.folder()).string()
                                 : origin.parent;
  CLIPCLUSTER_RETURN_IF_ERROR(project.set_setting(kParent, pack_paths({parent})));
  const nlohmann::ordered_json json = {{"clusters", origin.clusters}, {"noise", origin.noise}};
  return project.set_setting(kSlice, dump(json));
}

std::string refine_command_text(const SliceOrigin& origin) {
  std::string text = "clipcluster refine " + origin.parent;
  for (const std::int32_t label : origin.clusters) text += fmt::format(" --cluster {}", label);
  return origin.noise ? text + " --other" : text;
}

Status refuse_slice(const Project& project) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<SliceOrigin> origin, read_slice_origin(project));
  if (!origin) return {};
  return Status::invalid_argument(fmt::format(
      "'{0}' is a slice of the project '{1}' and gets its images from there: bring it up to date "
      "with {2} -o {0}, or name another folder.",
      project.folder(), origin->parent, refine_command_text(*origin)));
}

}  // namespace clipcluster::internal
