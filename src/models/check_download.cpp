#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "clipcluster/model_store.h"
#include "models/digest.h"
#include "models/model_name.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kSha256Digits = 64;

// Empty when the file is the one that was downloaded.
Result<std::string> problem_of(const std::string& path, std::uint64_t bytes, const std::string& digest) {
  std::error_code missing;
  const std::uint64_t size = fs::file_size(path, missing);
  if (missing) return fmt::format("'{}' was downloaded, but is not there", path);
  if (size != bytes) return fmt::format("'{}' has {} bytes; {} were downloaded", path, size, bytes);
  if (digest.empty()) return std::string();
  const auto kind =
      digest.size() == kSha256Digits ? models::DigestKind::sha256 : models::DigestKind::git_blob;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string found, models::file_digest(path, kind));
  if (found == digest) return std::string();
  return fmt::format("'{}' is not what was downloaded: its digest is {}, not {}", path, found, digest);
}

}  // namespace

Result<DownloadCheck> check_download(const std::string& folder) try {
  DownloadCheck check;
  const std::string path = folder + "/clipcluster-download.json";
  std::ifstream stream(path);
  if (!stream) return check;
  std::ostringstream text;
  text << stream.rdbuf();
  const json record = json::parse(text.str());
  check.recorded = true;
  for (const json& file : record.at("files")) {
    const auto name = file.at("name").get<std::string>();
    if (!models::is_plain_file_name(name))
      return Status::corrupt(fmt::format("'{}' names the file '{}'", path, name));
    const auto digest = file.at("digest").get<std::string>();
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        std::string problem,
        problem_of(folder + "/" + name, file.at("bytes").get<std::uint64_t>(), digest));
    if (!problem.empty()) check.problems.push_back(std::move(problem));
    if (!digest.empty()) ++check.files;
  }
  return check;
} catch (const json::exception& error) {
  return Status::corrupt(fmt::format("'{}/clipcluster-download.json' is not the record of a download ({})",
                                     folder, error.what()));
}

}  // namespace clipcluster
