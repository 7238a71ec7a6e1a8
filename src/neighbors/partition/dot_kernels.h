// Products of rows with packed columns, in a summation order that is the same for every instruction set:
// sum += row[k] * column[k] for k = 0, 1, ..., product and sum rounded each.
//
// Columns are packed in panels of 16: element k of its 16 columns side by side.
#pragma once

#include <cstddef>

namespace clipcluster::neighbors {

constexpr std::size_t kPanelColumns = 16;

struct DotInput {
  const float* rows;
  std::size_t row_stride;  // in floats, as all strides
  std::size_t row_count;
  const float* panels;  // panel p begins at panels + p * depth * 16
  std::size_t panel_count;
  std::size_t depth;
};

// out[r * out_stride + 16 p + c] for all rows r and panels p.
using DotFunction = void (*)(const DotInput& input, float* out, std::size_t out_stride);

// For the current instruction_set().
DotFunction dot_kernel();

void dot_scalar(const DotInput& input, float* out, std::size_t out_stride);
void dot_avx2(const DotInput& input, float* out, std::size_t out_stride);
void dot_avx512(const DotInput& input, float* out, std::size_t out_stride);

}  // namespace clipcluster::neighbors
