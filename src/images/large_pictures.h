// Large pictures are decoded one at a time, so that several threads together stay below 1.5 GB.
#pragma once

#include <cstdint>
#include <mutex>

namespace clipcluster {

// Above this a picture waits its turn. A phone's photo (12 megapixels) does not.
inline constexpr std::int64_t kLargePicturePixels = 16'000'000;

// Locked for large pictures; to be kept until the decoder's memory is given back.
std::unique_lock<std::mutex> wait_if_large(std::int64_t width, std::int64_t height);

}  // namespace clipcluster
