#include "pipeline/blank.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <variant>

namespace clipcluster::internal {
namespace {

constexpr int kLevels = 8;
constexpr std::size_t kOneIn = 200;

std::array<int, 3> median_of(const Image& image) {
  std::array<std::array<std::size_t, 256>, 3> counts{};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) ++counts[i % 3][image.rgb[i]];
  const std::size_t half = (image.rgb.size() / 3 + 1) / 2;
  std::array<int, 3> median{};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    std::size_t seen = counts[channel][0];
    while (seen < half) seen += counts[channel][static_cast<std::size_t>(++median[channel])];
  }
  return median;
}

}  // namespace

bool is_blank(const Image& image) {
  const Image small = make_thumbnail(image, kBlankSide);
  if (small.rgb.empty()) return false;
  const std::array<int, 3> median = median_of(small);
  std::size_t other = 0;
  for (std::size_t i = 0; i < small.rgb.size(); i += 3) {
    bool near = true;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      near = near && std::abs(small.rgb[i + channel] - median[channel]) <= kLevels;
    }
    other += near ? 0U : 1U;
  }
  return other * kOneIn <= small.rgb.size() / 3;
}

bool is_blank_thumbnail(std::span<const std::uint8_t> jpeg) {
  if (jpeg.empty()) return false;
  const DecodeResult decoded = decode_image(jpeg);
  const auto* picture = std::get_if<DecodedImage>(&decoded);
  return picture != nullptr && is_blank(picture->image);
}

}  // namespace clipcluster::internal
