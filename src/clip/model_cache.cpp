#include "clip/model_cache.h"

#include <atomic>
#include <cstdlib>
#include <string_view>

namespace clipcluster::clip {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

// Every precision of a few large models.
constexpr std::uint64_t kLargestPacked = 4'000 * kMegabyte;
constexpr std::size_t kMostPacked = 64;
constexpr std::uint64_t kLargestFingerprints = kMegabyte;
constexpr std::size_t kMostFingerprints = 256;

std::atomic<std::uint64_t>& smallest_cached_bytes() {
  static std::atomic<std::uint64_t> bytes = 32 * kMegabyte;
  return bytes;
}

bool switched_off() {
  const char* cache = std::getenv("CLIPCLUSTER_CACHE");
  return cache != nullptr && std::string_view(cache) == "off";
}

}  // namespace

std::optional<ModelCache> model_cache() {
  const Result<std::string> home = internal::cache_home();
  if (switched_off() || !home.is_ok()) return std::nullopt;
  return ModelCache{{*home + "/fingerprints", kLargestFingerprints, kMostFingerprints},
                    {*home + "/packed", kLargestPacked, kMostPacked},
                    smallest_cached_bytes().load()};
}

void set_smallest_cached_bytes(std::uint64_t bytes) { smallest_cached_bytes() = bytes; }

}  // namespace clipcluster::clip
