#include "images/stored_image.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "images/color_profile.h"

namespace clipcluster {
namespace {

// a / 255, rounded, for 0 <= a <= 255 * 255. The rounding that Pillow uses (ImagingUtils.h, DIV255).
std::uint8_t div255(std::uint32_t a) {
  const std::uint32_t shifted = a + 128;
  return static_cast<std::uint8_t>(((shifted >> 8) + shifted) >> 8);
}

bool has_alpha(ColorModel model) {
  return model == ColorModel::grey_alpha || model == ColorModel::rgb_alpha;
}

// Without a profile: as Pillow's cmyk2rgb, red = white - black ink, less that share of cyan.
void cmyk_pixel(const std::uint8_t* ink, std::uint8_t* rgb) {
  const std::uint32_t light = 255U - ink[3];
  for (int c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>(light - div255(ink[c] * light));
}

void color_row(const std::uint8_t* from, int width, ColorModel model, std::uint8_t* rgb) {
  const int channels = channel_count(model);
  for (int x = 0; x < width; ++x, from += channels, rgb += 3) {
    if (model == ColorModel::cmyk) {
      cmyk_pixel(from, rgb);
    } else if (channels <= 2) {
      rgb[0] = rgb[1] = rgb[2] = from[0];
    } else {
      for (int c = 0; c < 3; ++c) rgb[c] = from[c];
    }
  }
}

// The row without its alpha, as a colour profile wants it.
void strip_alpha(const std::uint8_t* from, int width, int channels, std::uint8_t* to) {
  for (int x = 0; x < width; ++x, from += channels) {
    for (int c = 0; c + 1 < channels; ++c) *to++ = from[c];
  }
}

void lay_over_white(const std::uint8_t* from, int width, int channels, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x, rgb += 3) {
    const std::uint32_t alpha = from[x * channels + channels - 1];
    for (int c = 0; c < 3; ++c) rgb[c] = div255(rgb[c] * alpha + 255U * (255U - alpha));
  }
}

void convert_row(const std::uint8_t* from, const StoredImage& stored, const ColorProfile* profile,
                 std::vector<std::uint8_t>& bare, std::uint8_t* rgb) {
  const int channels = channel_count(stored.model);
  if (profile == nullptr) {
    color_row(from, stored.width, stored.model, rgb);
  } else if (has_alpha(stored.model)) {
    strip_alpha(from, stored.width, channels, bare.data());
    profile->to_srgb(bare.data(), rgb, stored.width);
  } else {
    profile->to_srgb(from, rgb, stored.width);
  }
  if (has_alpha(stored.model)) lay_over_white(from, stored.width, channels, rgb);
}

}  // namespace

int channel_count(ColorModel model) {
  switch (model) {
    case ColorModel::grey:
      return 1;
    case ColorModel::grey_alpha:
      return 2;
    case ColorModel::rgb:
      return 3;
    case ColorModel::rgb_alpha:
    case ColorModel::cmyk:
      return 4;
  }
  return 3;
}

Image to_srgb(StoredImage stored) {
  const std::shared_ptr<const ColorProfile> profile = find_color_profile(stored.icc_profile, stored.model);
  Image image{stored.width, stored.height, {}};
  if (stored.model == ColorModel::rgb && profile == nullptr) {
    image.rgb = std::move(stored.samples);
    return image;
  }
  if (stored.ink_inverted) {
    for (std::uint8_t& ink : stored.samples) ink = static_cast<std::uint8_t>(255 - ink);
  }
  const std::size_t stride = static_cast<std::size_t>(stored.width) * channel_count(stored.model);
  const std::size_t rgb_stride = static_cast<std::size_t>(stored.width) * 3;
  image.rgb.resize(rgb_stride * static_cast<std::size_t>(stored.height));
  std::vector<std::uint8_t> bare(rgb_stride);
  for (std::size_t y = 0; y < static_cast<std::size_t>(stored.height); ++y) {
    convert_row(stored.samples.data() + y * stride, stored, profile.get(), bare,
                image.rgb.data() + y * rgb_stride);
  }
  return image;
}

}  // namespace clipcluster
