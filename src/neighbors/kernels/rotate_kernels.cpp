#include "neighbors/kernels/rotate_kernels.h"

#include "clipcluster/cpu.h"

namespace clipcluster::neighbors {
namespace {

// Adds a chunk's products to one axis's sums of one panel.
void add_chunk(const float* axis, const float* in, std::size_t size, float* out) {
  float sums[kPanelRows] = {};
  for (std::size_t l = 0; l < size; ++l) {
    for (std::size_t lane = 0; lane < kPanelRows; ++lane) sums[lane] += axis[l] * in[l * kPanelRows + lane];
  }
  for (std::size_t lane = 0; lane < kPanelRows; ++lane) out[lane] += sums[lane];
}

}  // namespace

void rotate_scalar(const RotateInput& input) {
  for (std::size_t p = 0; p < kTilePanels; ++p) {
    const float* in = input.in + p * input.panel_stride;
    float* out = input.out + p * input.panel_stride;
    for (std::size_t i = 0; i < input.axis_count * kPanelRows; ++i) out[i] = 0.0F;
    for (std::size_t first = 0; first < input.depth; first += kRotateChunk) {
      const std::size_t left = input.depth - first;
      const std::size_t size = left < kRotateChunk ? left : kRotateChunk;
      for (std::size_t k = 0; k < input.axis_count; ++k) {
        add_chunk(input.axes + k * input.depth + first, in + first * kPanelRows, size,
                  out + k * kPanelRows);
      }
    }
  }
}

RotateFunction rotate_kernel() {
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return rotate_avx512;
  if (instruction_set() == InstructionSet::avx2) return rotate_avx2;
#endif
  return rotate_scalar;
}

}  // namespace clipcluster::neighbors
