#include "base/cache_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/system_error.h"

namespace clipcluster::internal {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

constexpr const char* kUnfinished = ".unfinished-";
constexpr std::size_t kLargestWrite = std::size_t{64} << 20;
constexpr std::uint64_t kSpaceLeftFree = std::uint64_t{256} << 20;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Removes itself unless it got its final name.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(const std::string& folder) {
    static std::atomic<unsigned> counter{0};
    path_ = fmt::format("{}/{}{}-{}", folder, kUnfinished, getpid(), counter.fetch_add(1));
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }
  ~UnfinishedFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  bool write(std::span<const std::byte> bytes) {
    while (descriptor_ >= 0 && !bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kLargestWrite));
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return descriptor_ >= 0;
  }
  bool finish(const std::string& path) {
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0 || std::rename(path_.c_str(), path.c_str()) != 0) return false;
    path_.clear();
    return true;
  }

 private:
  std::string path_;
  int descriptor_ = -1;
};

struct Entry {
  fs::path path;
  fs::file_time_type used;
  std::uint64_t bytes = 0;
};

// What is stored; what a killed process left unfinished long ago is removed on the way.
std::vector<Entry> entries_of(const std::string& folder) {
  std::vector<Entry> entries;
  const auto long_ago = fs::file_time_type::clock::now() - hours(1);
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const Entry entry{at->path(), at->last_write_time(gone), at->file_size(gone)};
    if (gone) continue;
    if (!entry.path.filename().string().starts_with(kUnfinished)) {
      entries.push_back(entry);
    } else if (entry.used < long_ago) {
      fs::remove(entry.path, gone);
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used > b.used; });
  return entries;
}

}  // namespace

Result<std::string> cache_home() {
  const std::string cache = environment("XDG_CACHE_HOME");
  // The XDG specification has relative paths ignored.
  if (cache.starts_with('/')) return cache + "/clipcluster";
  const std::string home = environment("HOME");
  if (home.empty()) return Status::not_found("neither XDG_CACHE_HOME nor HOME says where caches are kept");
  return home + "/.cache/clipcluster";
}

CacheFolder::CacheFolder(std::string path, std::uint64_t largest_bytes, std::size_t largest_count)
    : path_(std::move(path)), largest_bytes_(largest_bytes), largest_count_(largest_count) {}

Status CacheFolder::check_space(std::uint64_t bytes) const {
  std::error_code unknown;
  const fs::space_info space = fs::space(path_, unknown);
  // The last of a disk belongs to what cannot be made again.
  if (unknown || space.available >= bytes + kSpaceLeftFree) return {};
  return Status::resource_limit(fmt::format("the disk of '{}' is nearly full", path_));
}

Status CacheFolder::store(const std::string& name,
                          std::span<const std::span<const std::byte>> parts) const {
  std::uint64_t bytes = 0;
  for (const auto part : parts) bytes += part.size();
  if (bytes > largest_bytes_) {
    return Status::resource_limit(
        fmt::format("it would take {} bytes, and the cache may hold {}", bytes, largest_bytes_));
  }
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) return system_error("create the folder", path_, error.value());
  CLIPCLUSTER_RETURN_IF_ERROR(check_space(bytes));
  UnfinishedFile unfinished(path_);
  for (const auto part : parts) {
    if (!unfinished.write(part)) return system_error("write", file(name), errno);
  }
  if (!unfinished.finish(file(name))) return system_error("write", file(name), errno);
  trim(name);
  return {};
}

void CacheFolder::mark_used(const std::string& name) const {
  const std::string path = file(name);
  std::error_code error;
  const auto used = fs::last_write_time(path, error);
  // Once a day is enough to tell old from new.
  if (error || used > fs::file_time_type::clock::now() - hours(24)) return;
  fs::last_write_time(path, fs::file_time_type::clock::now(), error);
}

void CacheFolder::remove(const std::string& name) const {
  std::error_code ignored;
  fs::remove(file(name), ignored);
}

void CacheFolder::trim(const std::string& kept) const {
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  for (const Entry& entry : entries_of(path_)) {
    bytes += entry.bytes;
    const bool fits = bytes <= largest_bytes_ && ++count <= largest_count_;
    if (!fits && entry.path.filename() != kept) remove(entry.path.filename().string());
  }
}

}  // namespace clipcluster::internal
