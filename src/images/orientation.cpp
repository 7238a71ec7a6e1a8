#include "images/orientation.h"

#include <cstddef>
#include <cstring>

#include "images/bytes.h"

namespace clipcluster {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;
constexpr std::uint16_t kShort = 3;
constexpr std::uint16_t kLong = 4;

int entry_value(const ByteReader& reader, std::uint64_t entry) {
  const std::uint16_t type = reader.u16(entry + 2);
  if (reader.u32(entry + 4) != 1) return 1;
  const std::uint32_t value = type == kShort  ? reader.u16(entry + 8)
                              : type == kLong ? reader.u32(entry + 8)
                                              : 1;
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

// Where stored pixel (x, y) goes is start + x * step_x + y * step_y, in pixels of the upright image.
struct Turn {
  std::ptrdiff_t start, step_x, step_y;
};

Turn turn_of(int orientation, std::ptrdiff_t width, std::ptrdiff_t height) {
  switch (orientation) {
    case 2:  // mirrored
      return {width - 1, -1, width};
    case 3:  // upside down
      return {width * height - 1, -1, -width};
    case 4:  // mirrored top to bottom
      return {(height - 1) * width, 1, -width};
    case 5:  // mirrored along the diagonal
      return {0, height, 1};
    case 6:  // to be turned clockwise
      return {height - 1, height, -1};
    case 7:  // mirrored along the other diagonal
      return {width * height - 1, -height, -1};
    case 8:  // to be turned anticlockwise
      return {(width - 1) * height, -height, 1};
    default:
      return {0, 1, width};
  }
}

}  // namespace

int read_exif_orientation(std::span<const std::uint8_t> tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return 1;
  const ByteReader reader(tiff, tiff[0] == 'M');
  if (reader.u16(2) != 42) return 1;
  const std::uint64_t directory = reader.u32(4);
  const std::uint64_t entries = reader.u16(directory);
  for (std::uint64_t i = 0; i < entries; ++i) {
    const std::uint64_t entry = directory + 2 + i * 12;
    if (!reader.has(entry, 12)) break;
    if (reader.u16(entry) == kOrientationTag) return entry_value(reader, entry);
  }
  return 1;
}

Image turn_upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const Turn turn = turn_of(orientation, image.width, image.height);
  Image upright;
  upright.width = orientation >= 5 ? image.height : image.width;
  upright.height = orientation >= 5 ? image.width : image.height;
  upright.rgb.resize(image.rgb.size());
  const std::uint8_t* from = image.rgb.data();
  for (std::ptrdiff_t y = 0; y < image.height; ++y) {
    std::ptrdiff_t to = turn.start + y * turn.step_y;
    for (std::ptrdiff_t x = 0; x < image.width; ++x, to += turn.step_x, from += 3) {
      std::memcpy(upright.rgb.data() + 3 * to, from, 3);
    }
  }
  return upright;
}

}  // namespace clipcluster
