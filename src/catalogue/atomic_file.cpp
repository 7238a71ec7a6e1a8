#include "catalogue/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/system_error.h"
#include "catalogue/posix_file.h"

namespace clipcluster::internal {
namespace {

constexpr std::size_t largest_write = std::size_t{64} << 20;

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string follow_link(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  const auto resolved = std::filesystem::weakly_canonical(path, error);
  return error ? path : resolved.string();
}

std::string temporary_name(const std::string& folder) {
  static std::atomic<unsigned> counter{0};
  return fmt::format("{}/.clipcluster-{}-{}.tmp", folder, getpid(), counter.fetch_add(1));
}

}  // namespace

AtomicFile::AtomicFile(std::string target, std::string temporary, int descriptor)
    : target_(std::move(target)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  const std::string target = follow_link(path);
  struct stat existing = {};
  if (stat(target.c_str(), &existing) == 0) {
    if (S_ISDIR(existing.st_mode)) {
      return Status::invalid_argument(fmt::format("cannot write '{}': it is a folder; name a file", path));
    }
    if (!S_ISREG(existing.st_mode)) {
      const int direct = open(target.c_str(), O_WRONLY | O_CLOEXEC);
      if (direct < 0) return system_error("write", path, errno);
      return AtomicFile(target, "", direct);
    }
  }
  const std::string folder = folder_of(target);
  for (;;) {
    std::string temporary = temporary_name(folder);
    const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return AtomicFile(target, std::move(temporary), descriptor);
    // Left by a killed process that had the same id.
    if (errno != EEXIST) return system_error("write", path, errno);
  }
}

Status AtomicFile::write(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor_, next, std::min(bytes, largest_write));
    if (written < 0) {
      if (errno == EINTR) continue;
      return system_error("write", target_, errno);
    }
    next += written;
    bytes -= static_cast<std::size_t>(written);
  }
  return {};
}

Status AtomicFile::sync_and_close() {
  if (!temporary_.empty() && fsync(descriptor_) != 0) return system_error("write", target_, errno);
  if (close(std::exchange(descriptor_, -1)) != 0) return system_error("write", target_, errno);
  return {};
}

Status AtomicFile::commit() {
  CLIPCLUSTER_RETURN_IF_ERROR(sync_and_close());
  if (temporary_.empty()) return {};
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) return system_error("write", target_, errno);
  temporary_.clear();
  return sync_folder(folder_of(target_));
}

}  // namespace clipcluster::internal
