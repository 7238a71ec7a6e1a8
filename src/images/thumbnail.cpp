#include <algorithm>
#include <cassert>
#include <cmath>

#include "clipcluster/images.h"

namespace clipcluster {

Image make_thumbnail(const Image& image, int side) {
  assert(side >= 1);
  const int longer = std::max(image.width, image.height);
  if (longer <= side) return image;
  const auto scaled = [&](int length) {
    const double exact = static_cast<double>(length) * side / longer;
    return std::max(1, static_cast<int>(std::lround(exact)));
  };
  return resize_bicubic(image, scaled(image.width), scaled(image.height));
}

}  // namespace clipcluster
