// Windows and OS/2 bitmaps, read here because libvips reads them through ImageMagick only.
#pragma once

#include <span>

#include "images/stored_image.h"

namespace clipcluster {

StoredResult decode_bmp(std::span<const std::uint8_t> file, const DecodeOptions& options);

}  // namespace clipcluster
