#include "neighbors/partition/dot_kernels.h"

#include "clipcluster/cpu.h"

namespace clipcluster::neighbors {
namespace {

void one_row(const float* row, const float* panel, std::size_t depth, float* out) {
  float sums[kPanelColumns] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t c = 0; c < kPanelColumns; ++c) sums[c] += row[k] * panel[k * kPanelColumns + c];
  }
  for (std::size_t c = 0; c < kPanelColumns; ++c) out[c] = sums[c];
}

}  // namespace

void dot_scalar(const DotInput& input, float* out, std::size_t out_stride) {
  for (std::size_t p = 0; p < input.panel_count; ++p) {
    for (std::size_t r = 0; r < input.row_count; ++r) {
      one_row(input.rows + r * input.row_stride, input.panels + p * input.depth * kPanelColumns,
              input.depth, out + r * out_stride + p * kPanelColumns);
    }
  }
}

DotFunction dot_kernel() {
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return dot_avx512;
  if (instruction_set() == InstructionSet::avx2) return dot_avx2;
#endif
  return dot_scalar;
}

}  // namespace clipcluster::neighbors
