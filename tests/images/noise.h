// Noise that make_resize.py makes too, and the checksum both sides compare.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "clipcluster/images.h"

namespace clipcluster::testing {

inline Image noise(int width, int height) {
  Image image{width, height, {}};
  image.rgb.resize(std::size_t{3} * width * height);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    std::uint32_t x = static_cast<std::uint32_t>(i) * 2654435761U;
    x ^= x >> 15;
    x *= 2246822519U;
    x ^= x >> 13;
    image.rgb[i] = static_cast<std::uint8_t>(x);
  }
  return image;
}

// CRC-32 as zlib's.
inline std::uint32_t checksum(std::span<const std::uint8_t> bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xEDB88320U : 0U);
      entries[i] = value;
    }
    return entries;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) crc = crc >> 8 ^ table[(crc ^ byte) & 255];
  return ~crc;
}

}  // namespace clipcluster::testing
