// PNG, GIF, WebP, TIFF, HEIF, AVIF and JPEG XL through libvips, each by its own loader: libvips never
// gets to guess, so its loaders for scripts, documents and the like cannot be reached.
#pragma once

#include <span>

#include "images/sniff.h"
#include "images/stored_image.h"

namespace clipcluster {

StoredResult decode_with_vips(std::span<const std::uint8_t> file, ImageFormat format,
                              const DecodeOptions& options);

}  // namespace clipcluster
