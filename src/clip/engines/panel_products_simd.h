// The tile loop over a type M that names an accumulator register, how inputs and weights are loaded
// and the multiply-add. Everything is local to the including file.
#pragma once

#include <cstddef>
#include <cstdint>

#include "clip/engines/panel_products.h"

namespace clipcluster::engines {
namespace {

// Weights come from the second-level cache, or for the first rows from memory.
constexpr std::size_t kStepsAhead = 24;

// ROWS x COLUMNS registers of sums, which stay in registers over the whole depth.
template <class M, int ROWS, int COLUMNS>
void tile(const char* inputs, std::size_t stride, const char* panel, std::size_t depth, char* sums) {
  typename M::Sum sum[ROWS][COLUMNS];
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < COLUMNS; ++j) sum[i][j] = M::zero();
  }
  for (std::size_t step = 0; step < depth; ++step) {
    // Panels follow each other in memory, so that this reaches into the next one.
    for (int j = 0; j < COLUMNS; ++j) {
      __builtin_prefetch(panel + ((step + kStepsAhead) * kPanelColumns + j * M::kWidth) * 4);
    }
    typename M::Weights weights[COLUMNS];
#pragma GCC unroll 4
    for (int j = 0; j < COLUMNS; ++j) {
      weights[j] = M::load_weights(panel + (step * kPanelColumns + j * M::kWidth) * 4);
    }
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; ++i) {
      const auto input = M::load_input(inputs + i * stride + step * 4);
#pragma GCC unroll 4
      for (int j = 0; j < COLUMNS; ++j) sum[i][j] = M::multiply_add(sum[i][j], input, weights[j]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < COLUMNS; ++j) M::store(sums + (i * kPanelColumns + j * M::kWidth) * 4, sum[i][j]);
  }
}

// At most ROWS rows, by the kernel of exactly so many.
template <class M, int ROWS, int COLUMNS>
void tile_of(std::size_t rows, const char* inputs, std::size_t stride, const char* panel, std::size_t depth,
             char* sums) {
  if constexpr (ROWS > 1) {
    if (rows < ROWS) return tile_of<M, ROWS - 1, COLUMNS>(rows, inputs, stride, panel, depth, sums);
  }
  tile<M, ROWS, COLUMNS>(inputs, stride, panel, depth, sums);
}

// ROWS x COLUMNS: what fits in the registers.
template <class M, int ROWS, int COLUMNS>
void panel_product_simd(const void* inputs, std::size_t stride, const void* panel, std::size_t depth,
                        std::size_t rows, void* sums) {
  for (std::size_t row = 0; row < rows; row += ROWS) {
    for (std::size_t column = 0; column < kPanelColumns; column += COLUMNS * M::kWidth) {
      tile_of<M, ROWS, COLUMNS>(rows - row, static_cast<const char*>(inputs) + row * stride, stride,
                                static_cast<const char*>(panel) + column * 4, depth,
                                static_cast<char*>(sums) + (row * kPanelColumns + column) * 4);
    }
  }
}

}  // namespace
}  // namespace clipcluster::engines
