// A window of a resized picture.
#pragma once

#include <cstdint>

#include "clipcluster/images.h"

namespace clipcluster {

struct ResizeAxis {
  std::int64_t size = 0;   // of the whole resized picture
  std::int64_t begin = 0;  // of the window in it
  std::int64_t end = 0;
};

// The pixels of resize_bicubic(image, horizontal.size, vertical.size) inside the window, and no others
// are worked out. 0 <= begin < end <= size.
Image resize_window(const Image& image, const ResizeAxis& horizontal, const ResizeAxis& vertical);

}  // namespace clipcluster
