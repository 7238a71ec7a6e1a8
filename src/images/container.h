// What a file's own headers say before any decoder is asked: sizes, so that a decompression bomb is
// refused without spending memory, and whether the file is all there.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "images/sniff.h"

namespace clipcluster {

struct Container {
  std::uint64_t width = 0;  // 0: not known here, ask the decoder
  std::uint64_t height = 0;
  bool complete = true;  // false: something is promised beyond the end of the file
  // True: so much is promised that a decoder would reserve memory for bytes that are not there.
  bool overruns = false;
  // A kind that the decoder is known not to read, in words; empty otherwise.
  std::string unsupported;
  bool extra_is_alpha = true;  // what samples beyond the colours are
};

Container read_png_container(std::span<const std::uint8_t> file);
Container read_gif_container(std::span<const std::uint8_t> file);
Container read_webp_container(std::span<const std::uint8_t> file);
Container read_tiff_container(std::span<const std::uint8_t> file);
// Boxes of ISO media files (HEIF, AVIF): completeness only.
Container read_iso_container(std::span<const std::uint8_t> file);

Container read_container(std::span<const std::uint8_t> file, ImageFormat format);

}  // namespace clipcluster
