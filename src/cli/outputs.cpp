#include "cli/outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "cli/interrupt.h"
#include "cli/usage_error.h"

namespace clipcluster::cli {
namespace {

namespace fs = std::filesystem;

bool same_place(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return fs::weakly_canonical(a, ignored) == fs::weakly_canonical(b, ignored) &&
         fs::status(a, ignored).type() != fs::file_type::character;
}

}  // namespace

Status stop_if_interrupted() { return interrupted() ? Status::cancelled() : Status(); }

Status Outputs::expect(const std::string& option, const std::string& path) {
  if (path.empty()) return {};
  for (const Place& other : expected_) {
    if (same_place(other.path, path)) {
      throw UsageError(
          fmt::format("{} and {} both name '{}'; give each its own file", other.option, option, path));
    }
  }
  expected_.push_back({option, path});
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return Status::invalid_argument(fmt::format("{} '{}' is a folder; name a file", option, path));
  }
  const std::string parent = fs::path(path).parent_path().string();
  const std::string folder = parent.empty() ? "." : parent;
  if (!fs::is_directory(folder, ignored)) {
    return Status::not_found(fmt::format(
        "{} '{}' cannot be written: there is no folder '{}'; make it first", option, path, folder));
  }
  if (access(folder.c_str(), W_OK) != 0) {
    return Status::io(
        fmt::format("{} '{}' cannot be written: no permission to write in '{}'", option, path, folder));
  }
  return {};
}

Status Outputs::written(const std::string& path, const Status& outcome) {
  if (outcome.is_ok()) written_.push_back(path);
  return outcome;
}

Status Outputs::write_text(const std::string& path, const std::string& text) {
  if (path.empty()) return {};
  CLIPCLUSTER_RETURN_IF_ERROR(stop_if_interrupted());
  return written(path, write_file(path, text));
}

Status Outputs::write_model(const std::string& path, const NamedArrays& model) {
  if (path.empty()) return {};
  CLIPCLUSTER_RETURN_IF_ERROR(stop_if_interrupted());
  return written(path, clipcluster::write_model(path, model));
}

std::string Outputs::names() const { return fmt::format("{}", fmt::join(written_, ", ")); }

Json Outputs::to_json() const { return written_; }

}  // namespace clipcluster::cli
