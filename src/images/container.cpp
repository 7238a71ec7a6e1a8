#include "images/container.h"

#include "images/bytes.h"

namespace clipcluster {

Container read_png_container(std::span<const std::uint8_t> file) {
  const ByteReader reader(file, true);
  Container container;
  container.complete = false;
  if (!reader.matches(12, "IHDR") || !reader.has(16, 8)) return container;
  container.width = reader.u32(16);
  container.height = reader.u32(20);
  // length, name, data, checksum
  for (std::uint64_t at = 8; reader.has(at, 8) && !container.complete;) {
    container.complete = reader.matches(at + 4, "IEND");
    at += 12 + std::uint64_t{reader.u32(at)};
    container.overruns = !container.complete && at > reader.size();
  }
  return container;
}

namespace {

// GIF89a: data come in blocks of up to 255 bytes, the last of length 0. 0 when the file ends first.
std::uint64_t skip_gif_blocks(const ByteReader& reader, std::uint64_t at) {
  while (reader.has(at, 1)) {
    const std::uint8_t length = reader.u8(at);
    at += 1 + std::uint64_t{length};
    if (length == 0) return at;
  }
  return 0;
}

std::uint64_t gif_color_table_bytes(std::uint8_t flags) {
  return flags & 0x80 ? 3U << ((flags & 7) + 1) : 0;
}

// Whether the first picture is all there; later ones are of no interest.
bool has_first_gif_frame(const ByteReader& reader) {
  std::uint64_t at = 13 + gif_color_table_bytes(reader.u8(10));
  while (reader.has(at, 1)) {
    const std::uint8_t kind = reader.u8(at);
    if (kind == 0x21) {  // extension: label, blocks
      at = skip_gif_blocks(reader, at + 2);
      if (at == 0) return false;
    } else if (kind == 0x2C) {  // picture: 9 bytes, colour table, code size, blocks
      at += 10 + gif_color_table_bytes(reader.u8(at + 9)) + 1;
      return skip_gif_blocks(reader, at) != 0;
    } else {
      return kind == 0x3B;
    }
  }
  return false;
}

}  // namespace

Container read_gif_container(std::span<const std::uint8_t> file) {
  const ByteReader reader(file, false);
  Container container;
  container.width = reader.u16(6);
  container.height = reader.u16(8);
  container.complete = has_first_gif_frame(reader);
  return container;
}

Container read_webp_container(std::span<const std::uint8_t> file) {
  const ByteReader reader(file, false);
  Container container;
  container.complete = reader.has(8, reader.u32(4));
  if (reader.matches(12, "VP8X")) {
    container.width = reader.number(24, 3) + 1;
    container.height = reader.number(27, 3) + 1;
  } else if (reader.matches(12, "VP8L")) {
    const std::uint32_t bits = reader.u32(21);
    container.width = (bits & 0x3FFF) + 1;
    container.height = (bits >> 14 & 0x3FFF) + 1;
  } else if (reader.matches(12, "VP8 ")) {
    container.width = reader.u16(26) & 0x3FFF;
    container.height = reader.u16(28) & 0x3FFF;
  }
  return container;
}

Container read_iso_container(std::span<const std::uint8_t> file) {
  const ByteReader reader(file, true);
  Container container;
  std::uint64_t at = 0;
  while (at < file.size()) {
    std::uint64_t length = reader.u32(at);
    if (length == 1) length = reader.u64(at + 8);
    if (length == 0) return container;  // to the end of the file
    if (length < 8 || !reader.has(at, length)) {
      container.complete = false;
      return container;
    }
    at += length;
  }
  return container;
}

Container read_container(std::span<const std::uint8_t> file, ImageFormat format) {
  switch (format) {
    case ImageFormat::png:
      return read_png_container(file);
    case ImageFormat::gif:
      return read_gif_container(file);
    case ImageFormat::webp:
      return read_webp_container(file);
    case ImageFormat::tiff:
      return read_tiff_container(file);
    case ImageFormat::heif:
    case ImageFormat::avif:
      return read_iso_container(file);
    default:
      return {};
  }
}

}  // namespace clipcluster
