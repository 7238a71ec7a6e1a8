#include "catalogue/posix_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/system_error.h"

namespace clipcluster::internal {

Result<PosixFile> PosixFile::open(const std::string& path, Mode mode) {
  const int flags = mode == Mode::read ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC;
  const int descriptor = ::open(path.c_str(), flags, 0666);
  if (descriptor >= 0) return PosixFile(descriptor, path);
  return system_error("open", path, errno);
}

PosixFile::PosixFile(PosixFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

PosixFile& PosixFile::operator=(PosixFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

PosixFile::~PosixFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::uint64_t> PosixFile::size() const {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) return system_error("read", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Status PosixFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return system_error("write", path_, written == 0 ? ENOSPC : errno);
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::vector<std::uint8_t>> PosixFile::read_at(std::uint64_t offset, std::size_t count) const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::uint64_t length, size());
  // Never more than the file holds: a wrong count must not turn into a huge allocation.
  const std::uint64_t there = offset < length ? length - offset : 0;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(count, there)));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = pread(descriptor_, bytes.data() + filled, bytes.size() - filled,
                              static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", path_, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

Status PosixFile::sync() {
  if (fdatasync(descriptor_) != 0) return system_error("write", path_, errno);
  return {};
}

Status PosixFile::truncate(std::uint64_t size) {
  if (ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return system_error("shorten", path_, errno);
  return {};
}

Result<std::shared_ptr<const void>> PosixFile::map(std::size_t bytes) const {
  if (bytes == 0) return std::shared_ptr<const void>();
  void* address = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor_, 0);
  if (address == MAP_FAILED) return system_error("map", path_, errno);
  return std::shared_ptr<const void>(address, [bytes](void* mapped) { munmap(mapped, bytes); });
}

Status sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_error("open the folder", folder, errno);
  const int failed = fsync(descriptor) != 0 ? errno : 0;
  ::close(descriptor);
  // Some network file systems cannot sync a folder and say so; there is nothing better to do.
  if (failed != 0 && failed != EINVAL && failed != ENOTSUP) {
    return system_error("sync the folder", folder, failed);
  }
  return {};
}

}  // namespace clipcluster::internal
