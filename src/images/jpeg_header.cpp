#include "images/jpeg_header.h"

#include "images/bytes.h"

namespace clipcluster {
namespace {

// Real files have a few dozen; a hostile one shall not be searched for ever.
constexpr int kMostSegments = 1000;

bool is_dct_frame(std::uint8_t marker) {
  return marker == 0xC0 || marker == 0xC1 || marker == 0xC2 || marker == 0xC9 || marker == 0xCA;
}

// Frames of other kinds, the end, and the scan, before which the frame must stand.
bool ends_search(std::uint8_t marker) {
  const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  return frame || marker == 0xD9 || marker == 0xDA;
}

}  // namespace

std::optional<JpegSize> read_jpeg_size(std::span<const std::uint8_t> jpeg) {
  const ByteReader reader(jpeg, true);
  if (reader.u16(0) != 0xFFD8) return std::nullopt;
  std::uint64_t at = 2;
  for (int segment = 0; segment < kMostSegments; ++segment) {
    if (!reader.has(at, 4) || reader.u8(at) != 0xFF) return std::nullopt;
    const std::uint8_t marker = reader.u8(at + 1);
    if (is_dct_frame(marker)) {
      if (!reader.has(at, 10) || reader.u8(at + 4) != 8) return std::nullopt;
      return JpegSize{reader.u16(at + 7), reader.u16(at + 5)};
    }
    if (ends_search(marker)) return std::nullopt;
    // A 0xFF may be repeated before a marker.
    at += marker == 0xFF ? 1 : 2 + std::uint64_t{reader.u16(at + 2)};
  }
  return std::nullopt;
}

}  // namespace clipcluster
