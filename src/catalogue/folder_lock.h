// One writer at a time.
#pragma once

#include <string>

#include "clipcluster/status.h"

namespace clipcluster::internal {

// Holds flock(2) on a file until it is destroyed or the process ends, however it ends.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::string& path);
  // The error that take() would give, without taking it; none when there is no such file.
  static Status check_free(const std::string& path);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace clipcluster::internal
