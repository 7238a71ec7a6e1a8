// The dense layers of one tower as the engine multiplies by them, kept in a cache between two starts:
// packing takes longer than reading the packed form.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/cache_folder.h"
#include "base/mapped_file.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

// What packed layers are made from and for. Any difference makes it another file.
struct PackedLayersKey {
  std::string fingerprint;  // of the model
  std::string packing;      // Engine::packing()
  std::string tower;        // "image", "text"
};

class PackedLayers {
 public:
  // What the cache has under this key: nothing, if there is no such file or if anything in it is not as
  // it was written. Every byte is compared with its checksum, so that a damaged file costs time only.
  static PackedLayers open(internal::CacheFolder cache, const PackedLayersKey& key);

  // Empty when it is not there. 64-byte aligned; valid as long as mapping() is held.
  std::span<const std::byte> find(const std::string& name) const;
  std::shared_ptr<const void> mapping() const { return file_; }

  // Remembers a block that find() did not have, for store(), until which it must stay where it is.
  void add(const std::string& name, std::span<const std::byte> block);
  // Writes all blocks, if any was added. An error says why they cannot be kept.
  Status store() const;

 private:
  PackedLayers(internal::CacheFolder cache, const PackedLayersKey& key);
  bool read(const std::string& path);
  bool blocks_are_whole() const;

  internal::CacheFolder cache_;
  std::string description_;
  std::string name_;
  std::shared_ptr<const internal::MappedFile> file_;
  struct Block {
    std::span<const std::byte> bytes;
    std::uint64_t hash = 0;
  };
  std::map<std::string, Block> blocks_;  // of file_
  std::vector<std::pair<std::string, std::span<const std::byte>>> added_;
};

}  // namespace clipcluster::clip
