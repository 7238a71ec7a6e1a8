// A file that appears whole or not at all: written under a temporary name in the folder of its
// target, synced, renamed over it, and the folder synced.
#pragma once

#include <cstddef>
#include <string>

#include "clipcluster/status.h"

namespace clipcluster::internal {

// Not thread-safe. Without a successful commit() nothing of it stays on disk and a file that stood
// at `path` is untouched. After kill -9 a file named .clipcluster-<pid>-<n>.tmp may stay behind.
class AtomicFile {
 public:
  // A link at `path` is followed, so that what it points to is replaced and not the link. A device
  // or pipe (/dev/null, /dev/stdout) is written directly.
  static Result<AtomicFile> create(const std::string& path);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  Status write(const void* data, std::size_t bytes);
  Status commit();

 private:
  AtomicFile(std::string target, std::string temporary, int descriptor);
  Status sync_and_close();

  std::string target_;
  std::string temporary_;  // empty when written directly
  int descriptor_ = -1;
};

}  // namespace clipcluster::internal
