#define XXH_INLINE_ALL
#include <xxhash.h>

#include "clipcluster/images.h"

namespace clipcluster {
namespace {

std::string hexadecimal(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : canonical.digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

std::string hash_bytes(std::span<const std::uint8_t> bytes) {
  return hexadecimal(XXH3_128bits(bytes.data(), bytes.size()));
}

// The size goes in as the seed: a 2 x 8 and an 8 x 2 picture of the same bytes are not the same.
std::string hash_pixels(const Image& image) {
  const std::uint64_t seed = static_cast<std::uint64_t>(static_cast<std::uint32_t>(image.width)) << 32 |
                             static_cast<std::uint32_t>(image.height);
  return hexadecimal(XXH3_128bits_withSeed(image.rgb.data(), image.rgb.size(), seed));
}

}  // namespace clipcluster
