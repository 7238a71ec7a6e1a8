#include "images/bmp_decode.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <utility>

#include "images/bmp_header.h"
#include "images/bmp_rle.h"
#include "images/bytes.h"
#include "images/failure.h"
#include "images/large_pictures.h"

namespace clipcluster {
namespace {

using Palette = std::array<std::array<std::uint8_t, 3>, 256>;

// Numbers beyond the palette are black.
Palette read_palette(const BmpHeader& header, const ByteReader& reader) {
  Palette palette{};
  for (int i = 0; i < header.palette_entries; ++i) {
    const std::uint64_t at = header.palette + static_cast<std::uint64_t>(i) * header.palette_entry_bytes;
    palette[i] = {reader.u8(at + 2), reader.u8(at + 1), reader.u8(at)};
  }
  return palette;
}

// One colour's bits out of a pixel, spread over 0..255.
class MaskedChannel {
 public:
  explicit MaskedChannel(std::uint32_t mask)
      : mask_(mask), shift_(mask == 0 ? 0 : std::countr_zero(mask)), most_(mask >> shift_) {}
  std::uint8_t value(std::uint32_t pixel) const {
    if (most_ == 0) return 0;
    const std::uint64_t bits = (pixel & mask_) >> shift_;
    return static_cast<std::uint8_t>((bits * 255 + most_ / 2) / most_);
  }

 private:
  std::uint32_t mask_;
  int shift_;
  std::uint64_t most_;
};

std::size_t row_bytes(const BmpHeader& header) {
  return (static_cast<std::size_t>(header.width) * header.bits + 31) / 32 * 4;
}

// Rows are stored from the bottom up unless the height is negative.
std::size_t stored_row(const BmpHeader& header, int y) {
  return static_cast<std::size_t>(header.top_down ? y : header.height - 1 - y);
}

void palette_row(const std::uint8_t* from, const BmpHeader& header, const Palette& palette,
                 std::uint8_t* rgb) {
  const int per_byte = 8 / header.bits;
  for (int x = 0; x < header.width; ++x) {
    const int shift = 8 - header.bits * (x % per_byte + 1);
    const int index = from[x / per_byte] >> shift & ((1 << header.bits) - 1);
    for (std::size_t c = 0; c < 3; ++c) *rgb++ = palette[index][c];
  }
}

void bgr_row(const std::uint8_t* from, const BmpHeader& header, std::uint8_t* rgb) {
  for (int x = 0; x < header.width; ++x, from += 3, rgb += 3) {
    rgb[0] = from[2];
    rgb[1] = from[1];
    rgb[2] = from[0];
  }
}

using Channels = std::array<MaskedChannel, 4>;

void masked_row(const std::uint8_t* from, const BmpHeader& header, const Channels& channels,
                std::size_t count, std::uint8_t* to) {
  const std::size_t bytes = static_cast<std::size_t>(header.bits) / 8;
  for (int x = 0; x < header.width; ++x, from += bytes) {
    std::uint32_t pixel = 0;
    for (std::size_t i = 0; i < bytes; ++i) pixel |= static_cast<std::uint32_t>(from[i]) << (8 * i);
    for (std::size_t c = 0; c < count; ++c) *to++ = channels[c].value(pixel);
  }
}

// Many programs write an alpha channel and leave it 0; they mean an opaque picture.
void forgive_empty_alpha(StoredImage& stored) {
  for (std::size_t i = 3; i < stored.samples.size(); i += 4) {
    if (stored.samples[i] != 0) return;
  }
  for (std::size_t i = 3; i < stored.samples.size(); i += 4) stored.samples[i] = 255;
}

StoredResult decode_rows(const BmpHeader& header, std::span<const std::uint8_t> file) {
  const ByteReader reader(file, false);
  const std::size_t stride = row_bytes(header);
  if (!reader.has(header.pixels, static_cast<std::uint64_t>(stride) * header.height))
    return ends_early("BMP");
  const Palette palette = read_palette(header, reader);
  const Channels channels = {MaskedChannel(header.masks[0]), MaskedChannel(header.masks[1]),
                             MaskedChannel(header.masks[2]), MaskedChannel(header.masks[3])};
  StoredImage stored;
  stored.width = header.width;
  stored.height = header.height;
  if (header.masks[3] != 0) stored.model = ColorModel::rgb_alpha;
  const std::size_t count = static_cast<std::size_t>(channel_count(stored.model));
  const std::size_t to_stride = static_cast<std::size_t>(header.width) * count;
  stored.samples.resize(to_stride * header.height);
  for (int y = 0; y < header.height; ++y) {
    const std::uint8_t* from = file.data() + header.pixels + stored_row(header, y) * stride;
    std::uint8_t* to = stored.samples.data() + static_cast<std::size_t>(y) * to_stride;
    if (header.bits <= 8) {
      palette_row(from, header, palette, to);
    } else if (header.bits == 24) {
      bgr_row(from, header, to);
    } else {
      masked_row(from, header, channels, count, to);
    }
  }
  if (stored.model == ColorModel::rgb_alpha) forgive_empty_alpha(stored);
  return stored;
}

StoredResult decode_runs(const BmpHeader& header, std::span<const std::uint8_t> file) {
  const ByteReader reader(file, false);
  const Palette palette = read_palette(header, reader);
  std::vector<std::uint8_t> indices;
  if (!expand_bmp_rle(reader.part(header.pixels, file.size()), header.bits, header.width, header.height,
                      indices)) {
    return ends_early("BMP");
  }
  StoredImage stored;
  stored.width = header.width;
  stored.height = header.height;
  stored.samples.resize(indices.size() * 3);
  std::uint8_t* to = stored.samples.data();
  for (int y = 0; y < header.height; ++y) {
    const std::uint8_t* from = indices.data() + stored_row(header, y) * header.width;
    for (int x = 0; x < header.width; ++x) {
      for (std::size_t c = 0; c < 3; ++c) *to++ = palette[from[x]][c];
    }
  }
  return stored;
}

}  // namespace

StoredResult decode_bmp(std::span<const std::uint8_t> file, const DecodeOptions& options) {
  const auto read = read_bmp_header(file, options);
  if (const auto* failure = std::get_if<DecodeFailure>(&read)) return *failure;
  const BmpHeader& header = std::get<BmpHeader>(read);
  auto turn = wait_if_large(header.width, header.height);
  const bool runs = header.coding == BmpCoding::rle4 || header.coding == BmpCoding::rle8;
  StoredResult result = runs ? decode_runs(header, file) : decode_rows(header, file);
  if (auto* stored = std::get_if<StoredImage>(&result)) stored->large_picture = std::move(turn);
  return result;
}

}  // namespace clipcluster
