// Files that can be made again at any time and only save time, below $XDG_CACHE_HOME/clipcluster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "clipcluster/status.h"

namespace clipcluster::internal {

// $XDG_CACHE_HOME/clipcluster, or ~/.cache/clipcluster. not_found when neither variable says where.
Result<std::string> cache_home();

// One folder of such files. Several processes may use it at the same time, and anybody may remove
// any of it at any time.
class CacheFolder {
 public:
  // All files together stay below `largest_bytes` and `largest_count`: what was unused for longest goes
  // first. 0 bytes: nothing is ever stored.
  CacheFolder(std::string path, std::uint64_t largest_bytes, std::size_t largest_count);

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file of these parts, one behind the other. It appears under its name whole or not at all,
  // but is not synced: after a power cut it may hold anything, so readers must verify what they read.
  Status store(const std::string& name, std::span<const std::span<const std::byte>> parts) const;
  // A file that is in use is not what was unused for longest.
  void mark_used(const std::string& name) const;
  void remove(const std::string& name) const;

 private:
  Status check_space(std::uint64_t bytes) const;
  void trim(const std::string& kept) const;

  std::string path_;
  std::uint64_t largest_bytes_;
  std::size_t largest_count_;
};

}  // namespace clipcluster::internal
