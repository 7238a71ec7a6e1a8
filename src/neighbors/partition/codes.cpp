#include "neighbors/partition/codes.h"

#include <algorithm>
#include <cmath>

namespace clipcluster::neighbors {
namespace {

// Denormal scales would lose their precision.
constexpr float kSmallest = 1e-30F;

float largest_magnitude(const float* values, std::size_t size) {
  float largest = 0.0F;
  for (std::size_t k = 0; k < size; ++k) largest = std::max(largest, std::fabs(values[k]));
  return largest;
}

std::int32_t code_of(float value, float scale, std::int32_t most) {
  return std::clamp(static_cast<std::int32_t>(std::nearbyint(value / scale)), -most, most);
}

}  // namespace

float encode_row(const float* values, std::size_t size, std::size_t lane, std::int8_t* panel) {
  const float largest = largest_magnitude(values, size);
  if (largest < kSmallest) return 0.0F;  // the codes stay 0
  const float scale = largest / static_cast<float>(kLargestCode);
  for (std::size_t k = 0; k < size; ++k) {
    panel[k / 2 * 2 * kCodeRows + 2 * lane + k % 2] =
        static_cast<std::int8_t>(code_of(values[k], scale, kLargestCode));
  }
  return scale;
}

bool encode_query(const float* values, std::size_t size, QueryCodes& codes) {
  codes.pairs.assign(size / 2, 0);
  codes.scale = 0.0F;
  if (!std::all_of(values, values + size, [](float x) { return std::isfinite(x); })) return false;
  const float largest = largest_magnitude(values, size);
  if (largest < kSmallest) return true;
  codes.scale = largest / static_cast<float>(kLargestQueryCode);
  for (std::size_t k = 0; k < size; k += 2) {
    const auto first = static_cast<std::uint32_t>(code_of(values[k], codes.scale, kLargestQueryCode));
    const auto second = static_cast<std::uint32_t>(code_of(values[k + 1], codes.scale, kLargestQueryCode));
    codes.pairs[k / 2] = static_cast<std::int32_t>((first & 0xFFFFU) | (second << 16));
  }
  return true;
}

}  // namespace clipcluster::neighbors
