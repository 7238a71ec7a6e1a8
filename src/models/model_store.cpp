#include "clipcluster/model_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "models/model_name.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<fs::path> folders_in(const fs::path& parent) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) folders.push_back(entry->path());
  }
  return folders;
}

std::uint64_t bytes_in(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const auto size = entry->file_size(ignored);
    if (!ignored) bytes += size;
  }
  return bytes;
}

bool is_checkpoint(const fs::path& folder) {
  std::error_code ignored;
  return folder.extension() != ".incomplete" && fs::exists(folder / "config.json", ignored);
}

}  // namespace

Result<std::string> model_store_folder() {
  const std::string cache = environment("XDG_CACHE_HOME");
  // The XDG specification has relative paths ignored.
  if (cache.starts_with('/')) return cache + "/clipcluster/models";
  const std::string home = environment("HOME");
  if (home.empty()) {
    return Status::not_found(
        "neither XDG_CACHE_HOME nor HOME says where models are kept; name a folder with --dir");
  }
  return home + "/.cache/clipcluster/models";
}

std::vector<StoredModel> stored_models(const std::string& store) {
  std::vector<StoredModel> models;
  for (const fs::path& owner : folders_in(store)) {
    for (const fs::path& folder : folders_in(owner)) {
      if (!is_checkpoint(folder)) continue;
      models.push_back({owner.filename().string() + "/" + folder.filename().string(), folder.string(),
                        bytes_in(folder)});
    }
  }
  std::sort(models.begin(), models.end(),
            [](const StoredModel& a, const StoredModel& b) { return a.name < b.name; });
  return models;
}

Result<std::string> find_model(const std::string& model, const std::string& store) {
  std::error_code ignored;
  if (fs::exists(model, ignored) || !models::check_model_name(model).is_ok()) return model;
  const std::string folder = store + "/" + model;
  if (is_checkpoint(folder)) return folder;
  return Status::not_found(
      fmt::format("there is no folder '{}', and no model of that name has been downloaded; get it with: "
                  "clipcluster model "
                  "get {}",
                  model, model));
}

Result<DownloadModelOptions> download_model_options() {
  DownloadModelOptions options;
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.store, model_store_folder());
  if (const std::string endpoint = environment("HF_ENDPOINT"); !endpoint.empty())
    options.endpoint = endpoint;
  options.token = environment("HF_TOKEN");
  return options;
}

}  // namespace clipcluster
