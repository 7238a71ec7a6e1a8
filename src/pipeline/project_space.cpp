#include "pipeline/project_space.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "clip/engines/engine.h"
#include "pipeline/model.h"
#include "pipeline/options_json.h"
#include "pipeline/paths.h"

namespace clipcluster::internal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModelFiles = "model_files";
constexpr const char* kFastDecodeSide = "fast_decode_side";

// Names, sizes and times of what lies in the model's folder; empty when that cannot be read. All files
// count: one too many costs a needless loading, one too few a wrong answer.
std::string model_files(const std::string& folder) {
  std::vector<std::string> lines;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    struct stat facts {};
    if (stat(entry->path().c_str(), &facts) != 0) return "";
    if (!S_ISREG(facts.st_mode)) continue;
    lines.push_back(fmt::format("{} {} {}.{:09}", entry->path().filename().string(), facts.st_size,
                                facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec));
  }
  if (error || lines.empty()) return "";
  std::sort(lines.begin(), lines.end());
  return folder + "\n" + pack_paths(lines);
}

Status set_setting_if_new(Project& project, const std::string& name, const std::string& value) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> former, project.setting(name));
  return former && *former == value ? Status() : project.set_setting(name, value);
}

bool wants_fast_decode(const EmbedOptions& options, int former_side) {
  return options.fast_decode.value_or(former_side > 0);
}

std::string why_another_space(const EmbeddingSpace& former, const EmbeddingSpace& space, bool fast) {
  constexpr const char* again = "all images are embedded again";
  if (former.fingerprint != space.fingerprint) {
    return fmt::format("The model changed from {} to {}: {}.", former.model_folder, space.model_folder,
                       again);
  }
  if (former.precision != space.precision) {
    return fmt::format("The precision changed from {} to {}: {}.", former.precision, space.precision,
                       again);
  }
  return fmt::format("Large JPEGs are now decoded {}, which gives slightly other vectors: {}.",
                     fast ? "at reduced size (--fast-decode)" : "in full", again);
}

}  // namespace

Result<int> fast_decode_side(const Project& project) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> side, project.setting(kFastDecodeSide));
  return side ? std::atoi(side->c_str()) : 0;
}

Result<bool> has_wanted_space(const Project& project, const EmbedOptions& options) {
  const std::optional<EmbeddingSpace>& space = project.space();
  if (!space || space->precision != precision_name(engines::resolve_precision(options.precision))) {
    return false;
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const int side, fast_decode_side(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> former, project.setting(kModelFiles));
  const std::string files = model_files(absolute_path(options.model_folder));
  return wants_fast_decode(options, side) == (side > 0) && !files.empty() && former == files;
}

Status take_space(Project& project, const ClipModel& model, const EmbedOptions& options,
                  const std::function<void(const std::string&)>& note) {
  const EmbeddingSpace space = space_of(model);
  const std::optional<EmbeddingSpace> former = project.space();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const int former_side, fast_decode_side(project));
  const bool fast = wants_fast_decode(options, former_side);
  const int side = fast ? model.preprocess().shortest_edge : 0;
  if (former && same_space(*former, space) && former_side == side) {
    if (former->model_folder != space.model_folder) {
      CLIPCLUSTER_RETURN_IF_ERROR(project.set_model_folder(space.model_folder));
    }
  } else {
    if (former && note) note(why_another_space(*former, space, fast));
    CLIPCLUSTER_RETURN_IF_ERROR(project.start_space(space));
  }
  // After start_space: stopped in between, the next run finds the former values and starts once more.
  CLIPCLUSTER_RETURN_IF_ERROR(set_setting_if_new(project, kFastDecodeSide, std::to_string(side)));
  return set_setting_if_new(project, kModelFiles, model_files(space.model_folder));
}

}  // namespace clipcluster::internal
