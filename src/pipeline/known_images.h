// What a project knows, by hash.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

class KnownImages {
 public:
  static Result<KnownImages> read(const Project& project, bool thumbnails);

  // The file has the size and time that the catalogue noted, and its content lacks nothing.
  bool unchanged(const FoundFile& file) const;
  // The catalogue says of this path what became of it: skipped, or a content that lacks nothing.
  bool had_answer(const std::string& path) const;
  // Empty when the bytes are not known, or their content still lacks something.
  const std::string& pixel_hash_of_bytes(const std::string& byte_hash) const;
  const std::string& format_of_bytes(const std::string& byte_hash) const;
  // Embedded, and with a thumbnail if that was asked for.
  bool complete(const std::string& pixel_hash) const { return complete_.contains(pixel_hash); }

  void add_content(const std::string& pixel_hash) { complete_.emplace(pixel_hash, true); }
  void add_bytes(const std::string& byte_hash, const std::string& pixel_hash, const std::string& format);

 private:
  struct File {
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0;
    std::string pixel_hash;  // empty for a skipped file
  };
  struct Bytes {
    std::string pixel_hash;
    std::string format;
  };
  std::unordered_map<std::string, File> files_;
  std::unordered_map<std::string, Bytes> bytes_;
  std::unordered_map<std::string, bool> complete_;
};

}  // namespace clipcluster::internal
