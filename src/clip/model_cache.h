// What is remembered about models between two starts, and where.
#pragma once

#include <cstdint>
#include <optional>

#include "base/cache_folder.h"

namespace clipcluster::clip {

struct ModelCache {
  internal::CacheFolder fingerprints;
  internal::CacheFolder packed;
  // Models with fewer bytes of weights are not worth the space.
  std::uint64_t smallest_bytes;
};

// None when CLIPCLUSTER_CACHE is "off", or when nothing says where caches are kept.
std::optional<ModelCache> model_cache();

// For tests, whose models are small.
void set_smallest_cached_bytes(std::uint64_t bytes);

}  // namespace clipcluster::clip
