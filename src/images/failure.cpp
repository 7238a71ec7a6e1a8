#include "images/failure.h"

#include <fmt/format.h>

namespace clipcluster {
namespace {
// Image's width and height are int, and rows must stay addressable with room for padding.
constexpr std::uint64_t kLongestSide = 1 << 24;
}  // namespace

DecodeFailure ends_early(std::string_view format) {
  return {SkipReason::truncated,
          fmt::format("The {} file ends too early; copy or download it again.", format)};
}

DecodeFailure damaged(std::string_view format) {
  return {SkipReason::corrupt,
          fmt::format("The {} data is damaged; its decoder could not read it.", format)};
}

DecodeFailure no_memory() {
  return {SkipReason::out_of_memory, "There was not enough memory to decode this picture."};
}

std::optional<DecodeFailure> check_size(std::uint64_t width, std::uint64_t height,
                                        const DecodeOptions& options) {
  if (width == 0 || height == 0) {
    return DecodeFailure{SkipReason::corrupt,
                         fmt::format("The file says it has {} x {} pixels.", width, height)};
  }
  const bool fits = width <= kLongestSide && height <= kLongestSide && width <= options.max_pixels / height;
  if (fits) return std::nullopt;
  return DecodeFailure{SkipReason::too_large,
                       fmt::format("The file says it has {} x {} pixels; the limit is {} in all.", width,
                                   height, options.max_pixels)};
}

}  // namespace clipcluster
