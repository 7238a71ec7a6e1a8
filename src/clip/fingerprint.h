// Which model this is, whatever the folder's name.
#pragma once

#include <cstdint>
#include <string>

#include "base/cache_folder.h"
#include "clip/checkpoint.h"

namespace clipcluster::clip {

// 32 hexadecimal digits: XXH3-128 over config.json, preprocessor_config.json and the weight files.
// The tokenizer's files are left out: stored embeddings of images do not depend on them, and adding
// them to a folder later must not make those worthless.
Result<std::string> model_fingerprint(const std::string& folder, const Checkpoint& checkpoint);

struct FingerprintCacheOptions {
  // Fewer bytes of weights are hashed faster than it is worth remembering.
  std::uint64_t smallest_bytes = std::uint64_t{32} << 20;
  // A file that changed less than this ago could change once more without its times showing it: file
  // systems keep them to 2 seconds at worst.
  std::int64_t settled_ns = 2'000'000'000;
};

// The same, remembered in `cache` for weight files whose place, size, times and inode are still what
// they were when they were hashed. A cache that cannot be used costs time and nothing else.
Result<std::string> cached_model_fingerprint(const std::string& folder, const Checkpoint& checkpoint,
                                             const internal::CacheFolder& cache,
                                             const FingerprintCacheOptions& options = {});

}  // namespace clipcluster::clip
