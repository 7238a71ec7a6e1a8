#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/number_text.h"
#include "base/system_error.h"
#include "clipcluster/model_store.h"
#include "models/model_name.h"
#include "models/remote_file.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using models::FileDownloader;
using models::RemoteFile;
using nlohmann::ordered_json;

constexpr std::uint64_t kKilobyte = 1000;
// The first of these that the server has, or its shards (docs/models.md).
constexpr const char* kWeights[] = {"model.safetensors", "pytorch_model.bin"};
// Of these a checkpoint has the ones that it needs.
constexpr const char* kOptionalFiles[] = {
    "preprocessor_config.json", "vocab.json",  "merges.txt", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json",  "spiece.model"};
const char* const kByHand =
    "Without a network, copy config.json, preprocessor_config.json, model.safetensors and the tokenizer "
    "(vocab.json and merges.txt; of SigLIP spiece.model) of the model into a folder by hand, and name that "
    "folder with --model.";

struct WantedFile {
  std::string name;
  RemoteFile remote;
};

// One process at a time works on a model's unfinished folder.
class WorkFolder {
 public:
  static Result<WorkFolder> open(const std::string& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return internal::system_error("create", folder, error.value());
    WorkFolder work(folder);
    work.lock_ = ::open(work.lock_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (work.lock_ < 0) return internal::system_error("write", work.lock_path(), errno);
    if (::flock(work.lock_, LOCK_EX | LOCK_NB) == 0) return work;
    return Status::invalid_argument(
        fmt::format("another process is downloading into '{}'; wait for it, or stop it", folder));
  }
  WorkFolder(WorkFolder&& other) noexcept : folder_(std::move(other.folder_)), lock_(other.lock_) {
    other.lock_ = -1;
  }
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder() {
    if (lock_ >= 0) ::close(lock_);
  }

  std::string file(const std::string& name) const { return folder_ + "/" + name; }

  // Removes what is not one of `names`, and gives the folder its final name.
  Status finish(const std::set<std::string>& names, const std::string& final_folder) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
      if (!names.contains(entry.path().filename().string())) fs::remove_all(entry.path(), error);
    }
    const std::string former = folder_ + ".former";
    fs::remove_all(former, error);
    if (fs::exists(final_folder, error)) fs::rename(final_folder, former, error);
    if (error) return internal::system_error("move away", final_folder, error.value());
    fs::rename(folder_, final_folder, error);
    if (error) return internal::system_error("create", final_folder, error.value());
    fs::remove_all(former, error);
    return {};
  }

 private:
  explicit WorkFolder(std::string folder) : folder_(std::move(folder)) {}
  std::string lock_path() const { return folder_ + "/.lock"; }

  std::string folder_;
  int lock_ = -1;
};

class ModelDownload {
 public:
  ModelDownload(std::string name, const DownloadModelOptions& options, std::string folder, WorkFolder work,
                Progress& progress)
      : name_(std::move(name)),
        options_(options),
        folder_(std::move(folder)),
        work_(std::move(work)),
        progress_(progress),
        downloader_(options, progress) {}

  Result<DownloadedModel> run() {
    CLIPCLUSTER_RETURN_IF_ERROR(list_files());
    CLIPCLUSTER_RETURN_IF_ERROR(check_space());
    const std::string step = "downloading " + name_;
    for (const WantedFile& file : files_) CLIPCLUSTER_RETURN_IF_ERROR(fetch(file, step));
    CLIPCLUSTER_RETURN_IF_ERROR(write_source());
    std::set<std::string> names = {"clipcluster-download.json"};
    for (const WantedFile& file : files_) names.insert(file.name);
    CLIPCLUSTER_RETURN_IF_ERROR(work_.finish(names, folder_));
    report(step, total());
    DownloadedModel result{folder_, false, commit(), 0, transferred_};
    for (const WantedFile& file : files_) result.bytes += fs::file_size(folder_ + "/" + file.name);
    return result;
  }

 private:
  std::string url(const std::string& file) const {
    return fmt::format("{}/{}/resolve/{}/{}", without_slash(options_.endpoint), name_,
                       models::url_segment(options_.revision), file);
  }
  static std::string without_slash(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    return text;
  }
  std::string commit() const { return files_.empty() ? "" : files_.front().remote.commit; }

  // True when the server has the file.
  Result<bool> add_if_there(const std::string& file) {
    Result<RemoteFile> remote = downloader_.describe(url(file));
    if (!remote.is_ok() && remote.status().code() == ErrorCode::not_found) return false;
    if (!remote.is_ok()) return remote.status();
    files_.push_back({file, std::move(remote).value()});
    return true;
  }

  Status list_files() {
    Result<bool> config = add_if_there("config.json");
    if (!config.is_ok() && config.status().code() == ErrorCode::io)
      return Status::io(config.status().message() + ". " + kByHand);
    if (!config.is_ok()) return config.status();
    if (!*config) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(const bool open_clip, add_if_there("open_clip_config.json"));
      if (open_clip) return only_open_clip();
      return Status::not_found(fmt::format(
          "there is no '{}': either there is no model '{}' (revision '{}'), or it may only be read with an "
          "access token in the environment variable HF_TOKEN",
          url("config.json"), name_, options_.revision));
    }
    CLIPCLUSTER_RETURN_IF_ERROR(list_weights());
    for (const char* file : kOptionalFiles) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(const bool found, add_if_there(file));
      static_cast<void>(found);
    }
    return {};
  }

  Status only_open_clip() const {
    return Status::unsupported(
        fmt::format("'{}' has open_clip_config.json but no config.json: OpenCLIP's own layout, which is "
                    "not read. Choose "
                    "a model in Hugging Face's layout; clipcluster model list names some",
                    name_));
  }

  Status list_weights() {
    for (const char* weights : kWeights) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(const bool one_file, add_if_there(weights));
      if (one_file) return {};
      const std::string index = std::string(weights) + ".index.json";
      CLIPCLUSTER_ASSIGN_OR_RETURN(const bool sharded, add_if_there(index));
      if (sharded) return add_shards(index);
    }
    return Status::unsupported(fmt::format(
        "'{}' has neither {} nor {}: its weights are in a form that is not read. Choose another "
        "revision with --revision, or convert them: docs/models.md says how.",
        name_, kWeights[0], kWeights[1]));
  }

  Status add_shards(const std::string& shard_index) {
    const std::string index = work_.file(shard_index);
    CLIPCLUSTER_RETURN_IF_ERROR(downloader_.fetch(files_.back().remote, index, [](std::int64_t) {}));
    std::ifstream stream(index);
    const auto json = nlohmann::json::parse(stream, nullptr, false);
    std::set<std::string> shards;
    if (json.is_object() && json.contains("weight_map") && json["weight_map"].is_object()) {
      for (const auto& [tensor, file] : json["weight_map"].items())
        shards.insert(file.is_string() ? file.get<std::string>() : "");
    }
    for (const std::string& shard : shards) {
      if (!models::is_plain_file_name(shard))
        return Status::corrupt(
            fmt::format("'{}' names the file '{}', which cannot be", url(shard_index), shard));
      CLIPCLUSTER_ASSIGN_OR_RETURN(const bool there, add_if_there(shard));
      if (!there) return Status::not_found(fmt::format("there is no '{}'", url(shard)));
    }
    if (!shards.empty()) return {};
    return Status::corrupt(fmt::format("'{}' names no files of weights", url(shard_index)));
  }

  std::uint64_t total() const {
    std::uint64_t bytes = 0;
    for (const WantedFile& file : files_) bytes += file.remote.bytes.value_or(0);
    return bytes;
  }

  Status check_space() const {
    std::error_code error;
    const fs::space_info space = fs::space(work_.file("."), error);
    std::uint64_t here = 0;
    for (const auto& entry : fs::directory_iterator(work_.file("."), error)) {
      std::error_code ignored;
      const auto size = entry.file_size(ignored);
      if (!ignored) here += size;
    }
    const std::uint64_t needed = total() - std::min(total(), here);
    if (error || space.available >= needed) return {};
    return Status::resource_limit(
        fmt::format("'{}' needs {} more, but the disk of '{}' has {} free. Free some space, or name a "
                    "folder on another "
                    "disk with --dir.",
                    name_, bytes_text(needed), folder_, bytes_text(space.available)));
  }

  Status fetch(const WantedFile& file, const std::string& step) {
    const std::string target = work_.file(file.name);
    const std::uint64_t before = done_;
    bool resumed = true;  // the first count is what a former call left
    const Status status = downloader_.fetch(file.remote, target, [&](std::int64_t gained) {
      done_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(done_) + gained);
      if (!resumed && gained > 0) transferred_ += static_cast<std::uint64_t>(gained);
      resumed = false;
      report(step, done_);
    });
    if (status.is_ok() && file.remote.bytes) done_ = before + *file.remote.bytes;
    return status;
  }

  void report(const std::string& step, std::uint64_t bytes) {
    progress_.report({step, bytes / kKilobyte, total() / kKilobyte, "kB", bytes});
  }

  // Where the files are from, for people who ask later.
  Status write_source() const {
    ordered_json source = {{"name", name_}, {"revision", options_.revision}, {"commit", commit()}};
    source["files"] = ordered_json::array();
    for (const WantedFile& file : files_) {
      source["files"].push_back({{"name", file.name},
                                 {"bytes", fs::file_size(work_.file(file.name))},
                                 {"digest", file.remote.digest}});
    }
    const std::string path = work_.file("clipcluster-download.json");
    std::ofstream stream(path);
    stream << source.dump(2) << '\n';
    stream.close();
    return stream ? Status() : internal::system_error("write", path, errno);
  }

  std::string name_;
  const DownloadModelOptions& options_;
  std::string folder_;
  WorkFolder work_;
  Progress& progress_;
  FileDownloader downloader_;
  std::vector<WantedFile> files_;
  std::uint64_t done_ = 0;
  std::uint64_t transferred_ = 0;
};

Status check_target(const std::string& folder) {
  std::error_code error;
  const bool taken = fs::exists(folder, error) && !fs::exists(folder + "/config.json", error) &&
                     !(fs::is_directory(folder, error) && fs::is_empty(folder, error));
  if (!taken) return {};
  return Status::invalid_argument(
      fmt::format("'{}' holds other things; name a folder that is new, empty, or a model", folder));
}

}  // namespace

Result<DownloadedModel> download_model(const std::string& name, const DownloadModelOptions& options,
                                       Progress& progress) try {
  CLIPCLUSTER_RETURN_IF_ERROR(models::check_model_name(name));
  std::string folder = options.folder.empty() ? options.store + "/" + name : options.folder;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  CLIPCLUSTER_RETURN_IF_ERROR(check_target(folder));
  if (!options.replace && fs::exists(folder + "/config.json")) {
    DownloadedModel there{folder, true, "", 0, 0};
    for (const auto& entry : fs::directory_iterator(folder)) there.bytes += entry.file_size();
    return there;
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(WorkFolder work, WorkFolder::open(folder + ".incomplete"));
  return ModelDownload(name, options, folder, std::move(work), progress).run();
} catch (const fs::filesystem_error& error) {
  return internal::system_error("use", error.path1().string(), error.code().value());
} catch (const std::exception& error) {
  return Status::internal(error.what());
}

}  // namespace clipcluster
