#include "support/support.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace clipcluster::testing {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "clipcluster-test-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string shared_folder() {
  const char* named = std::getenv("CLIPCLUSTER_SHARED");
  const std::filesystem::path path = named != nullptr
                                         ? std::filesystem::path(named)
                                         : std::filesystem::path(CLIPCLUSTER_SOURCE_DIR) / "../shared";
  std::error_code ignored;
  return std::filesystem::exists(path / "data", ignored) ? std::filesystem::canonical(path).string() : "";
}

std::string clip_mini_folder() { return CLIPCLUSTER_SOURCE_DIR "/models/clip-mini"; }

std::string read_text_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

void write_text_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace clipcluster::testing
