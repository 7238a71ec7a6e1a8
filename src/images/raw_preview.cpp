#include "images/raw_preview.h"

#include <fmt/format.h>

#include "images/bytes.h"
#include "images/failure.h"
#include "images/jpeg_header.h"

namespace clipcluster {
namespace {

RawPreviews list_previews(std::span<const std::uint8_t> file) {
  const ByteReader reader(file, true);
  if (reader.matches(0, "FUJIFILMCCD-RAW")) return list_raf_previews(file);
  if (reader.matches(4, "ftyp")) return list_cr3_previews(file);
  return list_tiff_previews(file);
}

}  // namespace

RawPreviews list_raf_previews(std::span<const std::uint8_t> file) {
  // Offset and length of the JPEG stand at fixed places of the header, big-endian. The JPEG is a whole file
  // with EXIF of its own.
  const ByteReader reader(file, true);
  RawPreviews found;
  const std::uint64_t at = reader.u32(84);
  const std::uint64_t bytes = reader.u32(88);
  if (bytes == 0) return found;
  if (reader.has(at, bytes)) {
    found.parts.push_back(reader.part(at, bytes));
  } else {
    found.beyond_end = true;
  }
  return found;
}

std::variant<RawPreview, DecodeFailure> find_raw_preview(std::span<const std::uint8_t> file,
                                                         const DecodeOptions& options) {
  const RawPreviews found = list_previews(file);
  RawPreview best;
  best.orientation = found.orientation;
  std::uint64_t most_pixels = 0;
  std::optional<DecodeFailure> refused;
  for (const auto part : found.parts) {
    const std::optional<JpegSize> size = read_jpeg_size(part);
    if (!size) continue;
    if (auto refusal = check_size(size->width, size->height, options)) {
      refused = std::move(refusal);
    } else if (size->width * size->height > most_pixels) {
      most_pixels = size->width * size->height;
      best.jpeg = part;
    }
  }
  if (most_pixels > 0) return best;
  if (refused) return *refused;
  if (found.beyond_end) return ends_early("camera raw");
  return DecodeFailure{SkipReason::unsupported_format,
                       "This camera raw file has no JPEG preview inside, and raw samples are not developed "
                       "here; export it as JPEG."};
}

}  // namespace clipcluster
