// The headers of Windows and OS/2 bitmaps, all versions.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <variant>

#include "clipcluster/images.h"

namespace clipcluster {

enum class BmpCoding { plain, rle4, rle8, masks };

struct BmpHeader {
  int width = 0;
  int height = 0;
  bool top_down = false;
  int bits = 0;  // per pixel: 1, 2, 4, 8, 16, 24, 32
  BmpCoding coding = BmpCoding::plain;
  std::array<std::uint32_t, 4> masks{};  // red, green, blue, alpha (0: none), for 16 and 32 bits
  std::size_t palette = 0;               // where it begins
  int palette_entries = 0;
  int palette_entry_bytes = 4;  // blue, green, red and perhaps a filler
  std::size_t pixels = 0;       // where they begin
};

std::variant<BmpHeader, DecodeFailure> read_bmp_header(std::span<const std::uint8_t> file,
                                                       const DecodeOptions& options);

}  // namespace clipcluster
