#include <immintrin.h>

#include "neighbors/kernels/rotate_kernels.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kLanes = 8;

// `count` axes times one half of a panel.
template <std::size_t count>
void add_chunk(const float* axes, std::size_t axis_stride, const float* in, std::size_t size, float* out) {
  __m256 sums[count];
#pragma GCC unroll 8
  for (std::size_t k = 0; k < count; ++k) sums[k] = _mm256_setzero_ps();
  for (std::size_t l = 0; l < size; ++l) {
    const __m256 values = _mm256_loadu_ps(in + l * kPanelRows);
#pragma GCC unroll 8
    for (std::size_t k = 0; k < count; ++k) {
      sums[k] = _mm256_fmadd_ps(_mm256_broadcast_ss(axes + k * axis_stride + l), values, sums[k]);
    }
  }
  for (std::size_t k = 0; k < count; ++k) {
    float* place = out + k * kPanelRows;
    _mm256_storeu_ps(place, _mm256_add_ps(_mm256_loadu_ps(place), sums[k]));
  }
}

}  // namespace

void rotate_avx2(const RotateInput& input) {
  for (std::size_t half = 0; half < 2 * kTilePanels; ++half) {
    const std::size_t start = half / 2 * input.panel_stride + half % 2 * kLanes;
    const float* in = input.in + start;
    float* out = input.out + start;
    for (std::size_t k = 0; k < input.axis_count; ++k) {
      _mm256_storeu_ps(out + k * kPanelRows, _mm256_setzero_ps());
    }
    for (std::size_t first = 0; first < input.depth; first += kRotateChunk) {
      const std::size_t left = input.depth - first;
      const std::size_t size = left < kRotateChunk ? left : kRotateChunk;
      const float* chunk = in + first * kPanelRows;
      std::size_t k = 0;
      for (; k + 8 <= input.axis_count; k += 8) {
        add_chunk<8>(input.axes + k * input.depth + first, input.depth, chunk, size, out + k * kPanelRows);
      }
      for (; k < input.axis_count; ++k) {
        add_chunk<1>(input.axes + k * input.depth + first, input.depth, chunk, size, out + k * kPanelRows);
      }
    }
  }
}

}  // namespace clipcluster::neighbors
