#include "images/large_pictures.h"

namespace clipcluster {

std::unique_lock<std::mutex> wait_if_large(std::int64_t width, std::int64_t height) {
  static std::mutex one_at_a_time;
  if (width * height <= kLargePicturePixels) return {};
  return std::unique_lock(one_at_a_time);
}

}  // namespace clipcluster
