// The JPEG pictures that cameras put into their raw files for viewers. The raw samples themselves are
// never developed: that would take a hundred times as long and a model of every sensor, and a preview
// already has the camera's colours.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "clipcluster/images.h"

namespace clipcluster {

// What a raw file promises, before anything in it was looked at.
struct RawPreviews {
  std::vector<std::span<const std::uint8_t>> parts;  // each inside the file
  bool beyond_end = false;                           // another is promised where the file has ended
  int orientation = 0;                               // EXIF, 1..8; 0: the raw file does not say
};

struct RawPreview {
  std::span<const std::uint8_t> jpeg;
  int orientation = 0;
};

// Adobe DNG, or a TIFF file whose pixels are a sensor's mosaic (Nikon NEF, Sony ARW, Pentax PEF, Samsung
// SRW, ...). `file` begins as a TIFF file.
bool is_tiff_camera_raw(std::span<const std::uint8_t> file);

// Kinds built on TIFF: the above and Canon CR2, Olympus ORF, Panasonic RW2.
RawPreviews list_tiff_previews(std::span<const std::uint8_t> file);
// Canon CR3, an ISO media file.
RawPreviews list_cr3_previews(std::span<const std::uint8_t> file);
// Fujifilm RAF.
RawPreviews list_raf_previews(std::span<const std::uint8_t> file);

// The largest preview that is an ordinary JPEG of at most options.max_pixels.
std::variant<RawPreview, DecodeFailure> find_raw_preview(std::span<const std::uint8_t> file,
                                                         const DecodeOptions& options);

}  // namespace clipcluster
