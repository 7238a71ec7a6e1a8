#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "clipcluster/images.h"
#include "images/resize.h"

namespace clipcluster {
namespace {

// One axis of torchvision 0.14's CenterCrop: where the crop lies in the resized picture, and how much
// padding comes before it when the picture is smaller.
struct CroppedAxis {
  ResizeAxis window;
  int padding = 0;
};

CroppedAxis crop_axis(std::int64_t size, int crop, CropRounding rounding) {
  CroppedAxis axis;
  axis.window.size = size;
  if (crop > size) {
    axis.padding = static_cast<int>((crop - size) / 2);
    axis.window.end = size;
    return axis;
  }
  // nearbyint in the default rounding mode rounds half to even, as Python does.
  const double half = static_cast<double>(size - crop) / 2.0;
  axis.window.begin =
      static_cast<std::int64_t>(rounding == CropRounding::down ? std::floor(half) : std::nearbyint(half));
  axis.window.end = axis.window.begin + crop;
  return axis;
}

// torchvision's Resize(int): int(edge * long / short), where Python divides in double precision.
std::int64_t long_edge(int edge, int shorter, int longer) {
  const double product = static_cast<double>(edge) * static_cast<double>(longer);
  return static_cast<std::int64_t>(product / static_cast<double>(shorter));
}

struct ResizedSides {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

ResizedSides resized_sides(const Image& image, const PreprocessOptions& options) {
  if (options.resize_width > 0) return {options.resize_width, options.resize_height};
  const int edge = options.shortest_edge;
  if (image.width > image.height) return {long_edge(edge, image.height, image.width), edge};
  return {edge, long_edge(edge, image.width, image.height)};
}

Image place(const Image& part, const CroppedAxis& horizontal, const CroppedAxis& vertical,
            const PreprocessOptions& options) {
  Image result{options.crop_width, options.crop_height, {}};
  const std::size_t bytes = static_cast<std::size_t>(part.width) * 3;
  const std::size_t stride = static_cast<std::size_t>(result.width) * 3;
  result.rgb.assign(stride * static_cast<std::size_t>(result.height), 0);
  for (int y = 0; y < part.height; ++y) {
    std::memcpy(result.rgb.data() + static_cast<std::size_t>(y + vertical.padding) * stride +
                    static_cast<std::size_t>(horizontal.padding) * 3,
                part.rgb.data() + static_cast<std::size_t>(y) * bytes, bytes);
  }
  return result;
}

}  // namespace

Image resize_and_crop(const Image& image, const PreprocessOptions& options) {
  assert(image.width > 0 && image.height > 0);
  assert(options.shortest_edge > 0 && options.crop_width > 0 && options.crop_height > 0);
  assert((options.resize_width > 0) == (options.resize_height > 0));
  const ResizedSides resized = resized_sides(image, options);
  const CroppedAxis horizontal = crop_axis(resized.width, options.crop_width, options.crop_rounding);
  const CroppedAxis vertical = crop_axis(resized.height, options.crop_height, options.crop_rounding);
  Image part = resize_window(image, horizontal.window, vertical.window);
  if (part.width == options.crop_width && part.height == options.crop_height) return part;
  return place(part, horizontal, vertical, options);
}

void normalize_pixels(const Image& image, const PreprocessOptions& options, std::span<float> planes) {
  const std::size_t pixels = image.rgb.size() / 3;
  assert(planes.size() == pixels * 3);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    std::array<float, 256> table;
    for (int value = 0; value < 256; ++value) {
      const float scaled = static_cast<float>(value) * options.rescale;
      table[static_cast<std::size_t>(value)] =
          (scaled - options.mean[channel]) / options.deviation[channel];
    }
    float* plane = planes.data() + channel * pixels;
    for (std::size_t i = 0; i < pixels; ++i) plane[i] = table[image.rgb[i * 3 + channel]];
  }
}

}  // namespace clipcluster
