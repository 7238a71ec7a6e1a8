// A whole file as memory, read only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "clipcluster/status.h"

namespace clipcluster::internal {

// What changes when a file's content does, and also when nothing but its place or its metadata does.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  std::int64_t changed_ns = 0;   // of content or metadata; no program can set it back
  bool operator==(const FileState&) const = default;
};

// The mapping stays valid when the file is renamed, replaced or removed, which is how this library
// changes files; a file that another program cuts short under us ends the process (SIGBUS).
class MappedFile {
 public:
  // An error for anything but a regular file. An empty file gives no bytes.
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {start_, size_}; }
  const FileState& state() const { return state_; }  // when it was opened

 private:
  MappedFile(const std::byte* start, std::size_t size, const FileState& state)
      : start_(start), size_(size), state_(state) {}

  const std::byte* start_;
  std::size_t size_;
  FileState state_;
};

// Of the file that `path` leads to now.
Result<FileState> file_state(const std::string& path);

}  // namespace clipcluster::internal
