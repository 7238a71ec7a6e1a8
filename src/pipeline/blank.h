// Pictures with next to nothing on them.
#pragma once

#include <cstdint>
#include <span>

#include "clipcluster/images.h"

namespace clipcluster::internal {

// Longer side at which pictures are looked at: smaller things do not count.
inline constexpr int kBlankSide = 64;

// All but one in 200 of the picture's pixels, made small, lie within 8 levels of 255 of the median in each
// channel.
bool is_blank(const Image& image);
// A thumbnail as a JPEG file; false for one that cannot be decoded.
bool is_blank_thumbnail(std::span<const std::uint8_t> jpeg);

}  // namespace clipcluster::internal
