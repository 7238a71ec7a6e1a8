#include <immintrin.h>

#include "neighbors/kernels/row_kernels.h"

namespace clipcluster::neighbors {
namespace {

// Ones in the first `count` of 8 lanes.
__m256i first_lanes(std::size_t count) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane);
}

__m256d add_squares(__m256d sum, __m128 values) {
  const __m256d wide = _mm256_cvtps_pd(values);
  return _mm256_add_pd(sum, _mm256_mul_pd(wide, wide));
}

double sum_of_squares(const float* x, std::size_t size) {
  __m256d lanes[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
  for (std::size_t i = 0; i < size; i += 8) {
    const std::size_t left = size - i;
    const __m256 values = left >= 8 ? _mm256_loadu_ps(x + i) : _mm256_maskload_ps(x + i, first_lanes(left));
    const std::size_t pair = (i / 8) % 2 * 2;
    lanes[pair] = add_squares(lanes[pair], _mm256_castps256_ps128(values));
    lanes[pair + 1] = add_squares(lanes[pair + 1], _mm256_extractf128_ps(values, 1));
  }
  const __m256d four = _mm256_add_pd(_mm256_add_pd(lanes[0], lanes[2]), _mm256_add_pd(lanes[1], lanes[3]));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

float half_squared_distance(const float* x, float x_scale, const float* y, float y_scale,
                            std::size_t size) {
  const __m256 x_scales = _mm256_set1_ps(x_scale);
  const __m256 y_scales = _mm256_set1_ps(y_scale);
  const auto add = [&](__m256 sum, __m256 a, __m256 b) {
    const __m256 difference = _mm256_sub_ps(_mm256_mul_ps(a, x_scales), _mm256_mul_ps(b, y_scales));
    return _mm256_add_ps(sum, _mm256_mul_ps(difference, difference));
  };
  __m256 lanes[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
  std::size_t i = 0;
  for (; i + 32 <= size; i += 32) {
    for (std::size_t v = 0; v < 4; ++v) {
      lanes[v] = add(lanes[v], _mm256_loadu_ps(x + i + 8 * v), _mm256_loadu_ps(y + i + 8 * v));
    }
  }
  for (std::size_t v = 0; i < size; i += 8, ++v) {
    const __m256i mask = first_lanes(size - i);
    lanes[v] = add(lanes[v], _mm256_maskload_ps(x + i, mask), _mm256_maskload_ps(y + i, mask));
  }
  const __m256 eight = _mm256_add_ps(_mm256_add_ps(lanes[0], lanes[2]), _mm256_add_ps(lanes[1], lanes[3]));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return 0.5F * _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

}  // namespace

RowKernels row_kernels_avx2() { return {sum_of_squares, half_squared_distance}; }

}  // namespace clipcluster::neighbors
