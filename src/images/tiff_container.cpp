// The first directory of a TIFF file (TIFF 6.0, section 2; BigTIFF has 64-bit offsets).
#include <algorithm>

#include "images/bytes.h"
#include "images/container.h"

namespace clipcluster {
namespace {

enum Tag : std::uint16_t {
  kWidth = 256,
  kHeight = 257,
  kBitsPerSample = 258,
  kCompression = 259,
  kPhotometric = 262,
  kStripOffsets = 273,
  kStripByteCounts = 279,
  kSamplesPerPixel = 277,
  kPlanarConfiguration = 284,
  kTileOffsets = 324,
  kTileByteCounts = 325,
  kExtraSamples = 338,
  kSampleFormat = 339,
};

// Widths of the types that sizes and offsets come in: SHORT, LONG, LONG8.
std::size_t type_bytes(std::uint16_t type) {
  if (type == 3) return 2;
  if (type == 4 || type == 13) return 4;
  if (type == 16 || type == 18) return 8;
  return 0;
}

struct Field {
  std::uint64_t at = 0;  // of the first value
  std::uint64_t count = 0;
  std::size_t bytes = 0;  // of one value
};

class TiffDirectory {
 public:
  explicit TiffDirectory(std::span<const std::uint8_t> file) : reader_(file, file[0] == 'M') {
    big_ = reader_.u16(2) == 43;
    start_ = big_ ? reader_.u64(8) : reader_.u32(4);
    entries_ = big_ ? reader_.u64(start_) : reader_.u16(start_);
    start_ += big_ ? 8 : 2;
    entries_ = std::min<std::uint64_t>(entries_, reader_.size() / entry_bytes());
  }

  bool complete() const { return entries_ > 0 && reader_.has(start_, entries_ * entry_bytes()); }

  Field find(Tag tag) const {
    for (std::uint64_t i = 0; i < entries_; ++i) {
      const std::uint64_t at = start_ + i * entry_bytes();
      if (reader_.u16(at) == tag) return field_at(at);
    }
    return {};
  }

  std::uint64_t value(const Field& field, std::uint64_t index) const {
    return index < field.count ? reader_.number(field.at + index * field.bytes, field.bytes) : 0;
  }

  // Every strip or tile lies inside the file.
  bool has_data(Tag offsets_tag, Tag counts_tag) const {
    const Field offsets = find(offsets_tag);
    const Field counts = find(counts_tag);
    if (!reader_.has(offsets.at, offsets.count * offsets.bytes)) return false;
    for (std::uint64_t i = 0; i < std::min(offsets.count, counts.count); ++i) {
      if (!reader_.has(value(offsets, i), value(counts, i))) return false;
    }
    return true;
  }

 private:
  std::uint64_t entry_bytes() const { return big_ ? 20 : 12; }

  Field field_at(std::uint64_t at) const {
    Field field;
    field.bytes = type_bytes(reader_.u16(at + 2));
    const std::uint64_t count = big_ ? reader_.u64(at + 4) : reader_.u32(at + 4);
    field.count = field.bytes == 0 ? 0 : std::min<std::uint64_t>(count, reader_.size());
    field.at = at + (big_ ? 12 : 8);
    const std::uint64_t inside = big_ ? 8 : 4;
    if (field.count * field.bytes > inside) field.at = big_ ? reader_.u64(field.at) : reader_.u32(field.at);
    return field;
  }

  ByteReader reader_;
  bool big_ = false;
  std::uint64_t start_ = 0;
  std::uint64_t entries_ = 0;
};

// libvips 8.14 reads unsigned samples of these sizes, and YCbCr only inside JPEG.
std::string unsupported_kind(const TiffDirectory& directory) {
  constexpr std::uint64_t kJpeg = 7;
  constexpr std::uint64_t kYCbCr = 6;
  constexpr std::uint64_t kLab = 8;
  const auto value = [&](Tag tag, std::uint64_t fallback) {
    const Field field = directory.find(tag);
    return field.count == 0 ? fallback : directory.value(field, 0);
  };
  const std::uint64_t bits = value(kBitsPerSample, 1);
  const std::uint64_t compression = value(kCompression, 1);
  const std::uint64_t meaning = value(kPhotometric, 0);
  const bool small = bits == 1 || bits == 2 || bits == 4;
  if (!small && bits != 8 && bits != 16) {
    return "TIFF with " + std::to_string(bits) + " bits per sample";
  }
  if (small && value(kSamplesPerPixel, 1) > 1) {
    return "TIFF with several samples of " + std::to_string(bits) + " bits per pixel";
  }
  if (value(kSampleFormat, 1) != 1 && meaning != kLab) return "TIFF with signed or floating-point samples";
  if (compression == 6) return "TIFF with old-style JPEG compression";
  if (meaning == kYCbCr && compression != kJpeg) return "TIFF with YCbCr pixels outside JPEG";
  if (meaning > kLab) return "TIFF with photometric interpretation " + std::to_string(meaning);
  if (value(kPlanarConfiguration, 1) == 2 && directory.find(kTileOffsets).count > 0) {
    return "TIFF with tiles of separate planes";
  }
  return {};
}

}  // namespace

Container read_tiff_container(std::span<const std::uint8_t> file) {
  const TiffDirectory directory(file);
  Container container;
  container.width = directory.value(directory.find(kWidth), 0);
  container.height = directory.value(directory.find(kHeight), 0);
  container.complete = directory.complete() && directory.has_data(kStripOffsets, kStripByteCounts) &&
                       directory.has_data(kTileOffsets, kTileByteCounts);
  // ExtraSamples 0: unspecified. 1 and 2 are transparency, which libvips hands out straight either way.
  const Field extra = directory.find(kExtraSamples);
  container.extra_is_alpha = extra.count == 0 || directory.value(extra, 0) != 0;
  if (container.complete) container.unsupported = unsupported_kind(directory);
  return container;
}

}  // namespace clipcluster
