#include "pipeline/paths.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace clipcluster::internal {

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return path;
  const bool climbs = std::find(absolute.begin(), absolute.end(), "..") != absolute.end();
  std::string text = climbs ? absolute.string() : absolute.lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

std::vector<std::string> absolute_paths(const std::vector<std::string>& paths) {
  std::vector<std::string> absolute;
  absolute.reserve(paths.size());
  for (const std::string& path : paths) absolute.push_back(absolute_path(path));
  return absolute;
}

}  // namespace clipcluster::internal
