// JPEG through libjpeg-turbo, with the settings Pillow uses, so that the pixels are the same.
#pragma once

#include <span>

#include "images/stored_image.h"

namespace clipcluster {

// `stored` dimensions are checked against max_pixels before memory is spent.
StoredResult decode_jpeg(std::span<const std::uint8_t> file, const DecodeOptions& options);

}  // namespace clipcluster
