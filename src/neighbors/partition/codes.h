// Short vectors as 8-bit codes with a scale each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "neighbors/partition/scan_kernels.h"

namespace clipcluster::neighbors {

// Writes lane `lane` of a panel (scan_kernels.h) and returns the scale: value = scale * code, nearly.
// `size` is even.
float encode_row(const float* values, std::size_t size, std::size_t lane, std::int8_t* panel);

struct QueryCodes {
  std::vector<std::int32_t> pairs;
  float scale = 0.0F;
};
// 12-bit codes. False when a value is not finite.
bool encode_query(const float* values, std::size_t size, QueryCodes& codes);

}  // namespace clipcluster::neighbors
