// EXIF orientation: which of the eight ways a picture is stored, and turning it upright.
#pragma once

#include <cstdint>
#include <span>

#include "clipcluster/images.h"

namespace clipcluster {

// `tiff` is EXIF data from its byte-order mark on, or a TIFF file. 1..8; 1 (upright) when the tag
// is missing or says something else. EXIF 2.32, tag 0x0112.
int read_exif_orientation(std::span<const std::uint8_t> tiff);

// `image` as stored becomes upright.
Image turn_upright(Image image, int orientation);

}  // namespace clipcluster
