// ICC profiles, through Little CMS.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "images/stored_image.h"

namespace clipcluster {

// From one profile's colours to sRGB, 8 bits each. Immutable: used by several threads at once.
class ColorProfile {
 public:
  virtual ~ColorProfile() = default;
  // `from`: the model's colour channels without alpha (CMYK: 255 is full ink).
  virtual void to_srgb(const std::uint8_t* from, std::uint8_t* rgb, int pixels) const = 0;
};

// nullptr when nothing is to be done: no profile, one that is broken or meant for another colour
// model, or sRGB itself under any name (within two levels everywhere, so that a picture is the same
// bytes whether or not it says what everybody assumes).
std::shared_ptr<const ColorProfile> find_color_profile(std::span<const std::uint8_t> icc, ColorModel model);

}  // namespace clipcluster
