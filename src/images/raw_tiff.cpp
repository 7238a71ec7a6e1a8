// Where raw files built on TIFF keep their previews (dng_spec_1.7; ExifTool's tag tables for the makers').
#include <algorithm>

#include "images/raw_preview.h"
#include "images/tiff_directory.h"

namespace clipcluster {
namespace {

enum Tag : std::uint16_t {
  kPanasonicPreview = 0x002E,
  kCompression = 259,
  kPhotometric = 262,
  kStripOffsets = 273,
  kOrientation = 274,
  kStripByteCounts = 279,
  kSubDirectories = 330,
  kJpegOffset = 513,  // JPEGInterchangeFormat
  kJpegBytes = 514,
  kExif = 34665,
  kMakerNote = 37500,
  kDngVersion = 50706,
};

constexpr std::uint64_t kOldJpeg = 6;
constexpr std::uint64_t kJpeg = 7;
constexpr std::uint64_t kMosaic = 32803;     // Color Filter Array, TIFF/EP
constexpr std::uint64_t kLinearRaw = 34892;  // DNG: a mosaic already made into pixels
// Real files have ten at most; directories may also form a circle.
constexpr std::size_t kMostDirectories = 64;

bool is_sensor_data(const TiffDirectory& directory) {
  const std::uint64_t meaning = directory.first_value(kPhotometric, 0);
  return meaning == kMosaic || meaning == kLinearRaw;
}

ByteReader reader_of(std::span<const std::uint8_t> file) {
  return ByteReader(file, !file.empty() && file[0] == 'M');
}

// The chain from the header on and, after each, its sub-directories. Raw files stay below 4 GB, so their
// offsets have 32 bits; a BigTIFF's chain reads as garbage and ends at once.
std::vector<TiffDirectory> all_directories(std::span<const std::uint8_t> file) {
  const ByteReader reader = reader_of(file);
  std::vector<std::uint64_t> waiting = {reader.u32(4)};
  std::vector<std::uint64_t> seen;
  std::vector<TiffDirectory> all;
  while (!waiting.empty() && all.size() < kMostDirectories) {
    const std::uint64_t at = waiting.back();
    waiting.pop_back();
    if (at == 0 || std::find(seen.begin(), seen.end(), at) != seen.end()) continue;
    seen.push_back(at);
    const TiffDirectory directory(reader, at);
    if (!directory.complete()) continue;
    all.push_back(directory);
    waiting.push_back(directory.next());
    const TiffField below = directory.find(kSubDirectories);
    for (std::uint64_t i = std::min<std::uint64_t>(below.count, kMostDirectories); i > 0; --i) {
      waiting.push_back(directory.value(below, i - 1));
    }
  }
  return all;
}

void add_part(const ByteReader& reader, std::uint64_t at, std::uint64_t bytes, RawPreviews& found) {
  if (at == 0 || bytes == 0) return;
  if (reader.has(at, bytes)) {
    found.parts.push_back(reader.part(at, bytes));
  } else {
    found.beyond_end = true;
  }
}

void add_previews(const TiffDirectory& directory, RawPreviews& found) {
  const ByteReader& reader = directory.reader();
  add_part(reader, directory.first_value(kJpegOffset, 0), directory.first_value(kJpegBytes, 0), found);
  const TiffField panasonic = directory.find(kPanasonicPreview);
  if (panasonic.bytes == 1) add_part(reader, panasonic.at, panasonic.count, found);
  const std::uint64_t compression = directory.first_value(kCompression, 1);
  const TiffField strips = directory.find(kStripOffsets);
  if ((compression == kOldJpeg || compression == kJpeg) && strips.count == 1 &&
      !is_sensor_data(directory)) {
    add_part(reader, directory.value(strips, 0), directory.first_value(kStripByteCounts, 0), found);
  }
}

// Olympus keeps the preview in its notes, whose offsets count from the notes' own beginning.
void add_olympus_preview(const TiffDirectory& first, RawPreviews& found) {
  constexpr std::uint16_t kCameraSettings = 0x2020;
  constexpr std::uint16_t kPreviewStart = 0x0101;
  constexpr std::uint16_t kPreviewBytes = 0x0102;
  const TiffDirectory exif(first.reader(), first.first_value(kExif, 0));
  const TiffField note = exif.find(kMakerNote);
  const std::span<const std::uint8_t> bytes = first.reader().part(note.at, first.reader().size());
  if (note.count < 16 || bytes.empty()) return;
  const ByteReader probe(bytes, false);
  const std::uint64_t order = probe.matches(0, "OLYMPUS") ? 8 : probe.matches(0, "OM SYSTEM") ? 12 : 0;
  if (order == 0) return;
  const ByteReader reader(bytes, probe.u8(order) == 'M');
  const TiffDirectory notes(reader, order + 4);
  // The type is IFD in new files and UNDEFINED in old ones; both hold the offset where a value would begin.
  const TiffField settings = notes.find(kCameraSettings);
  if (settings.count == 0) return;
  const std::uint64_t at = settings.count == 1 ? notes.value(settings, 0) : settings.at;
  const TiffDirectory camera(reader, at);
  add_part(reader, camera.first_value(kPreviewStart, 0), camera.first_value(kPreviewBytes, 0), found);
}

}  // namespace

bool is_tiff_camera_raw(std::span<const std::uint8_t> file) {
  const std::vector<TiffDirectory> all = all_directories(file);
  return std::any_of(all.begin(), all.end(), [](const TiffDirectory& directory) {
    return directory.find(kDngVersion).count > 0 || is_sensor_data(directory);
  });
}

RawPreviews list_tiff_previews(std::span<const std::uint8_t> file) {
  RawPreviews found;
  const std::vector<TiffDirectory> all = all_directories(file);
  for (const TiffDirectory& directory : all) add_previews(directory, found);
  if (all.empty()) {
    found.beyond_end = true;  // the header promises one directory at least
    return found;
  }
  add_olympus_preview(all.front(), found);
  const std::uint64_t orientation = all.front().first_value(kOrientation, 0);
  if (orientation <= 8) found.orientation = static_cast<int>(orientation);
  return found;
}

}  // namespace clipcluster
