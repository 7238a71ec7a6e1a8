// A whole file as memory, read only.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "clipcluster/status.h"

namespace clipcluster::internal {

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

 private:
  MappedFile(const std::byte* start, std::size_t size) : start_(start), size_(size) {}

  const std::byte* start_;
  std::size_t size_;
};

}  // namespace clipcluster::internal
