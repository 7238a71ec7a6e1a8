#include "base/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/system_error.h"

namespace clipcluster::internal {
namespace {

struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) close(value);
  }
};

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

FileState state_of(const struct stat& file) {
  return {file.st_dev, file.st_ino, static_cast<std::uint64_t>(file.st_size), nanoseconds(file.st_mtim),
          nanoseconds(file.st_ctim)};
}

// Bytes between the file's end and the end of its last page.
std::size_t tail_bytes(std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (page - size % page) % page;
}

}  // namespace

Result<FileState> file_state(const std::string& path) {
  struct stat information = {};
  if (stat(path.c_str(), &information) != 0) return system_error("read", path, errno);
  return state_of(information);
}

MappedFile::~MappedFile() {
  if (size_ == 0) return;
  // The next mapping at these addresses may be longer.
  ASAN_UNPOISON_MEMORY_REGION(start_ + size_, tail_bytes(size_));
  munmap(const_cast<std::byte*>(start_), size_);
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.value < 0) return system_error("read", path, errno);
  struct stat information = {};
  if (fstat(file.value, &information) != 0) return system_error("read", path, errno);
  if (!S_ISREG(information.st_mode)) {
    return Status::invalid_argument(
        fmt::format("cannot read '{}': it is {}; name a file", path,
                    S_ISDIR(information.st_mode) ? "a folder" : "not a regular file"));
  }
  const auto size = static_cast<std::size_t>(information.st_size);
  const FileState state = state_of(information);
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile(nullptr, 0, state));
  void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.value, 0);
  if (start == MAP_FAILED) return system_error("map", path, errno);
  // The address sanitizer, where it is on, then takes reading beyond the file's end for the error that it
  // is.
  ASAN_POISON_MEMORY_REGION(static_cast<const std::byte*>(start) + size, tail_bytes(size));
  return std::shared_ptr<const MappedFile>(
      new MappedFile(static_cast<const std::byte*>(start), size, state));
}

}  // namespace clipcluster::internal
