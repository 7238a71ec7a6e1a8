#include "images/container.h"
#include "images/tiff_directory.h"

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

// libvips 8.14 reads unsigned samples of these sizes, and YCbCr only inside JPEG.
std::string unsupported_kind(const TiffDirectory& directory) {
  constexpr std::uint64_t kJpeg = 7;
  constexpr std::uint64_t kYCbCr = 6;
  constexpr std::uint64_t kLab = 8;
  const std::uint64_t bits = directory.first_value(kBitsPerSample, 1);
  const std::uint64_t compression = directory.first_value(kCompression, 1);
  const std::uint64_t meaning = directory.first_value(kPhotometric, 0);
  const bool small = bits == 1 || bits == 2 || bits == 4;
  if (!small && bits != 8 && bits != 16) {
    return "TIFF with " + std::to_string(bits) + " bits per sample";
  }
  if (small && directory.first_value(kSamplesPerPixel, 1) > 1) {
    return "TIFF with several samples of " + std::to_string(bits) + " bits per pixel";
  }
  if (directory.first_value(kSampleFormat, 1) != 1 && meaning != kLab)
    return "TIFF with signed or floating-point samples";
  if (compression == 6) return "TIFF with old-style JPEG compression";
  if (meaning == kYCbCr && compression != kJpeg) return "TIFF with YCbCr pixels outside JPEG";
  if (meaning > kLab) return "TIFF with photometric interpretation " + std::to_string(meaning);
  if (directory.first_value(kPlanarConfiguration, 1) == 2 && directory.find(kTileOffsets).count > 0) {
    return "TIFF with tiles of separate planes";
  }
  return {};
}

}  // namespace

Container read_tiff_container(std::span<const std::uint8_t> file) {
  const TiffDirectory directory(file);
  Container container;
  container.width = directory.first_value(kWidth, 0);
  container.height = directory.first_value(kHeight, 0);
  container.complete = directory.complete() && directory.has_data(kStripOffsets, kStripByteCounts) &&
                       directory.has_data(kTileOffsets, kTileByteCounts);
  // ExtraSamples 0: unspecified. 1 and 2 are transparency, which libvips hands out straight either way.
  container.extra_is_alpha = directory.first_value(kExtraSamples, 1) != 0;
  if (container.complete) container.unsupported = unsupported_kind(directory);
  return container;
}

}  // namespace clipcluster
