// Run-length coding of 4-bit and 8-bit bitmaps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace clipcluster {

// Palette numbers, width * height, the bottom row first (as such files store it). Pixels that the
// code skips, or that come after its end mark, are 0. False when the data ends before the end mark
// and before the last pixel.
bool expand_bmp_rle(std::span<const std::uint8_t> code, int bits, int width, int height,
                    std::vector<std::uint8_t>& indices);

}  // namespace clipcluster
