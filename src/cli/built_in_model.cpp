#include "cli/built_in_model.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "clipcluster/model_store.h"

namespace clipcluster::cli {
namespace {

namespace fs = std::filesystem;

// Installed: beside the program, below the same prefix. Not installed: in the source tree.
Result<std::string> built_in_model() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path installed =
      program.parent_path() / ".." / CLIPCLUSTER_DATA_FOLDER / "clipcluster/models/clip-mini";
  const fs::path source = fs::path(CLIPCLUSTER_SOURCE_MODELS) / "clip-mini";
  for (const fs::path& folder : {installed, source}) {
    if (fs::exists(folder / "config.json", ignored)) return folder.lexically_normal().string();
  }
  return Status::not_found(fmt::format(
      "the built-in model is neither in '{}' nor in '{}'; name a CLIP checkpoint folder with --model",
      installed.lexically_normal().string(), source.string()));
}

}  // namespace

Result<std::string> named_model(const std::string& model) {
  const Result<std::string> store = model_store_folder();
  return store.is_ok() ? find_model(model, *store) : model;
}

Result<std::string> model_folder(const std::string& given, const std::string& former, Session& session) {
  if (!given.empty()) return named_model(given);
  const Result<std::string> built_in = built_in_model();
  std::error_code ignored;
  const bool is_built_in = built_in.is_ok() && fs::equivalent(former, built_in.value(), ignored);
  if (!is_built_in && !former.empty() && fs::is_directory(former, ignored)) {
    session.detail(fmt::format("using the project's model in '{}'", former));
    return former;
  }
  const char* environment = std::getenv("CLIPCLUSTER_MODEL");
  if (!is_built_in && environment != nullptr && *environment != '\0') {
    session.detail(fmt::format("using the model '{}' (CLIPCLUSTER_MODEL)", environment));
    return named_model(environment);
  }
  if (!built_in.is_ok()) return built_in;
  session.note(
      "using the built-in demonstration model clip-mini; for real work get a CLIP model (clipcluster model "
      "list) "
      "and name it with --model");
  return built_in;
}

}  // namespace clipcluster::cli
