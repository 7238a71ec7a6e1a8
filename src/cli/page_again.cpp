#include "cli/page_again.h"

#include <filesystem>
#include <system_error>

#include "clipcluster/pipeline.h"

namespace clipcluster::cli {

Result<bool> page_again(const std::string& project, Session& session) {
  const std::filesystem::path folder = std::filesystem::path(project) / "page";
  std::error_code ignored;
  if (!std::filesystem::exists(folder / "index.html", ignored)) return false;
  CLIPCLUSTER_RETURN_IF_ERROR(report_project(project, folder.string(), "", session.progress()));
  return true;
}

}  // namespace clipcluster::cli
