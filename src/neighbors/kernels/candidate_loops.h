// The candidate kernels as plain loops, which compilers vectorise: included once for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "neighbors/kernels/candidate_kernels.h"

namespace clipcluster::neighbors {
namespace {

// Halvings of the interval that holds the k-th smallest value: it shrinks to about 2^-8 of one binade.
constexpr int kHalvings = 16;

inline std::int32_t bits_of(float value) {
  std::int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline void add_widths(const float* bounds, const std::int32_t* columns, std::size_t count,
                       const WidthTerms& terms, float* upper) {
  for (std::size_t c = 0; c < count; ++c) {
    const float error = terms.column_errors[columns[c]];
    upper[c] = bounds[c] + (error * (terms.error + terms.square * error) + terms.rest);
  }
}

// Floats of one sign are ordered as their bits are; whatever is below 0 counts as 0.
inline float kth_smallest(const float* values, std::size_t count, std::size_t k) {
  std::int32_t low = bits_of(3e38F);
  std::int32_t high = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t bits = bits_of(values[i]);
    const std::int32_t positive = bits < 0 ? 0 : bits;
    low = positive < low ? positive : low;
    high = positive > high ? positive : high;
  }
  // At least k values are at most `high`; fewer than k, or none below it, are at most `low` - 1.
  for (int halving = 0; halving < kHalvings && low < high; ++halving) {
    const std::int32_t middle = low + (high - low) / 2;
    std::int32_t below = 0;
    for (std::size_t i = 0; i < count; ++i) below += bits_of(values[i]) <= middle ? 1 : 0;
    if (below >= static_cast<std::int32_t>(k)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  float result;
  std::memcpy(&result, &high, sizeof result);
  return result;
}

inline std::size_t keep_at_most(float limit, std::size_t count, float* bounds, std::int32_t* columns) {
  std::size_t kept = 0;
  for (std::size_t c = 0; c < count; ++c) {
    const float bound = bounds[c];
    bounds[kept] = bound;
    columns[kept] = columns[c];
    kept += bound <= limit ? 1 : 0;
  }
  return kept;
}

}  // namespace
}  // namespace clipcluster::neighbors
