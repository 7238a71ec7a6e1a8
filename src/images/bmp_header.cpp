#include "images/bmp_header.h"

#include <fmt/format.h>

#include <algorithm>

#include "images/bytes.h"
#include "images/failure.h"

namespace clipcluster {
namespace {

constexpr std::size_t kFileHeader = 14;

// "Compression" in the info header. Value 3 and 4 mean something else in OS/2's 64-byte header.
enum : std::uint32_t { kRgb = 0, kRle8 = 1, kRle4 = 2, kBitfields = 3, kAlphaBitfields = 6 };

DecodeFailure unsupported_bmp(std::uint32_t compression, int bits) {
  return {
      SkipReason::unsupported_format,
      fmt::format("Bitmaps with compression {} and {} bits per pixel are not supported; save it as PNG.",
                  compression, bits)};
}

bool choose_coding(BmpHeader& header, std::uint32_t compression, bool os2) {
  const int bits = header.bits;
  if (compression == kRgb) {
    header.coding = bits == 16 || bits == 32 ? BmpCoding::masks : BmpCoding::plain;
    return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
  }
  if (compression == kRle8 && bits == 8) {
    header.coding = BmpCoding::rle8;
    return !header.top_down;
  }
  if (compression == kRle4 && bits == 4) {
    header.coding = BmpCoding::rle4;
    return !header.top_down;
  }
  header.coding = BmpCoding::masks;
  return (compression == kBitfields || compression == kAlphaBitfields) && !os2 &&
         (bits == 16 || bits == 32);
}

// Masks stand inside the newer headers and right behind the 40-byte one, in the same place.
void read_masks(BmpHeader& header, const ByteReader& reader, std::uint32_t info_size,
                std::uint32_t compression) {
  if (compression == kRgb) {
    if (header.bits == 16) {
      header.masks = {0x7C00, 0x03E0, 0x001F, 0};
    } else {
      header.masks = {0xFF0000, 0xFF00, 0xFF, 0};
    }
    return;
  }
  for (std::size_t i = 0; i < 3; ++i) header.masks[i] = reader.u32(kFileHeader + 40 + 4 * i);
  if (info_size >= 56 || compression == kAlphaBitfields) header.masks[3] = reader.u32(kFileHeader + 52);
}

void place_palette(BmpHeader& header, const ByteReader& reader, std::uint32_t info_size,
                   std::uint32_t compression) {
  header.palette = kFileHeader + info_size;
  if (info_size == 40 && compression == kBitfields) header.palette += 12;
  if (info_size == 40 && compression == kAlphaBitfields) header.palette += 16;
  header.palette_entry_bytes = info_size == 12 ? 3 : 4;
  if (header.bits > 8) return;
  const std::uint32_t most = 1U << header.bits;
  const std::uint32_t used = info_size >= 36 ? reader.u32(kFileHeader + 32) : 0;
  std::uint64_t entries = used == 0 || used > most ? most : used;
  // OS/2 files often leave the palette short; pixels begin where the header says.
  if (header.pixels > header.palette) {
    entries =
        std::min<std::uint64_t>(entries, (header.pixels - header.palette) / header.palette_entry_bytes);
  }
  header.palette_entries = static_cast<int>(entries);
}

}  // namespace

std::variant<BmpHeader, DecodeFailure> read_bmp_header(std::span<const std::uint8_t> file,
                                                       const DecodeOptions& options) {
  const ByteReader reader(file, false);
  const std::uint32_t info_size = reader.u32(kFileHeader);
  if (!reader.has(kFileHeader, info_size)) return ends_early("BMP");
  const bool core = info_size == 12;
  BmpHeader header;
  const std::int64_t width = core ? reader.u16(18) : static_cast<std::int32_t>(reader.u32(18));
  const std::int64_t height = core ? reader.u16(20) : static_cast<std::int32_t>(reader.u32(22));
  header.bits = core ? reader.u16(24) : reader.u16(28);
  header.top_down = height < 0;
  if (width < 0) return damaged("BMP");
  const std::uint64_t rows = static_cast<std::uint64_t>(height < 0 ? -height : height);
  if (auto refusal = check_size(static_cast<std::uint64_t>(width), rows, options)) return *refusal;
  header.width = static_cast<int>(width);
  header.height = static_cast<int>(rows);
  const std::uint32_t compression = core || info_size < 20 ? std::uint32_t{kRgb} : reader.u32(30);
  const bool os2 = info_size == 64;
  if (!choose_coding(header, compression, os2)) return unsupported_bmp(compression, header.bits);
  header.pixels = reader.u32(10);
  read_masks(header, reader, info_size, compression);
  place_palette(header, reader, info_size, compression);
  return header;
}

}  // namespace clipcluster
