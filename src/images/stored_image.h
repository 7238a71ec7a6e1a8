// A picture as its file stores it, and the one way from there to 8-bit sRGB over white.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "clipcluster/images.h"

namespace clipcluster {

enum class ColorModel { grey, grey_alpha, rgb, rgb_alpha, cmyk };
int channel_count(ColorModel model);

// 8-bit samples, rows from top to bottom, channels interleaved, no gaps.
struct StoredImage {
  int width = 0;
  int height = 0;
  // As the file says, where the decoder was asked for a smaller picture; otherwise 0.
  int full_width = 0;
  int full_height = 0;
  ColorModel model = ColorModel::rgb;
  bool ink_inverted = false;                   // cmyk: 0 is full ink, as Adobe writes it
  std::vector<std::uint8_t> samples;           // width * height * channel_count(model)
  std::vector<std::uint8_t> icc_profile;       // empty: sRGB (grey: with sRGB's curve)
  int orientation = 1;                         // EXIF, 1..8
  std::unique_lock<std::mutex> large_picture;  // wait_if_large
};

using StoredResult = std::variant<StoredImage, DecodeFailure>;

// 0..65535 to 0..255, rounded: 257 * v becomes v.
inline std::uint8_t to_8_bits(std::uint16_t value) {
  return static_cast<std::uint8_t>((static_cast<std::uint32_t>(value) * 255U + 32767U) / 65535U);
}

// Colour profile applied, grey and CMYK made RGB, transparency laid over white. Not turned upright.
Image to_srgb(StoredImage stored);

}  // namespace clipcluster
