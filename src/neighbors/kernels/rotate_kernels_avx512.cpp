#include <immintrin.h>

#include "neighbors/kernels/rotate_kernels.h"

namespace clipcluster::neighbors {
namespace {

// `count` axes times all panels: with 8 axes, 24 sums of 32 registers.
template <std::size_t count>
void add_chunk(const RotateInput& input, std::size_t first_axis, std::size_t first, std::size_t size) {
  const float* axes = input.axes + first_axis * input.depth + first;
  const float* in = input.in + first * kPanelRows;
  __m512 sums[count][kTilePanels];
#pragma GCC unroll 8
  for (std::size_t k = 0; k < count; ++k) {
#pragma GCC unroll 3
    for (std::size_t p = 0; p < kTilePanels; ++p) sums[k][p] = _mm512_setzero_ps();
  }
  for (std::size_t l = 0; l < size; ++l) {
    __m512 values[kTilePanels];
#pragma GCC unroll 3
    for (std::size_t p = 0; p < kTilePanels; ++p) {
      values[p] = _mm512_loadu_ps(in + p * input.panel_stride + l * kPanelRows);
    }
#pragma GCC unroll 8
    for (std::size_t k = 0; k < count; ++k) {
      const __m512 factor = _mm512_set1_ps(axes[k * input.depth + l]);
#pragma GCC unroll 3
      for (std::size_t p = 0; p < kTilePanels; ++p)
        sums[k][p] = _mm512_fmadd_ps(factor, values[p], sums[k][p]);
    }
  }
#pragma GCC unroll 8
  for (std::size_t k = 0; k < count; ++k) {
#pragma GCC unroll 3
    for (std::size_t p = 0; p < kTilePanels; ++p) {
      float* place = input.out + p * input.panel_stride + (first_axis + k) * kPanelRows;
      const __m512 sum = first == 0 ? sums[k][p] : _mm512_add_ps(_mm512_loadu_ps(place), sums[k][p]);
      _mm512_storeu_ps(place, sum);
    }
  }
}

}  // namespace

void rotate_avx512(const RotateInput& input) {
  for (std::size_t first = 0; first < input.depth; first += kRotateChunk) {
    const std::size_t left = input.depth - first;
    const std::size_t size = left < kRotateChunk ? left : kRotateChunk;
    std::size_t k = 0;
    for (; k + 8 <= input.axis_count; k += 8) add_chunk<8>(input, k, first, size);
    for (; k < input.axis_count; ++k) add_chunk<1>(input, k, first, size);
  }
}

}  // namespace clipcluster::neighbors
