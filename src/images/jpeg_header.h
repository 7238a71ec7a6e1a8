// The size of a JPEG picture from its frame header, without a decoder.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace clipcluster {

struct JpegSize {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
};

// Nothing for what is no JPEG, and for kinds other than 8-bit DCT (sensors' samples are often stored as
// lossless JPEG, which looks the same from outside). ITU-T T.81, annex B.
std::optional<JpegSize> read_jpeg_size(std::span<const std::uint8_t> jpeg);

}  // namespace clipcluster
