// The zero-masked forms stand for the plain ones, whose GCC 12 headers warn of uninitialised values.
#include <immintrin.h>

#include "neighbors/kernels/row_kernels.h"

namespace clipcluster::neighbors {
namespace {

__mmask16 first_lanes(std::size_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xFFFFU : (1U << count) - 1U);
}

__m512d add_squares(__m512d sum, __m256 values) {
  const __m512d wide = _mm512_maskz_cvtps_pd(0xFF, values);
  return _mm512_add_pd(sum, _mm512_mul_pd(wide, wide));
}

double sum_of_squares(const float* x, std::size_t size) {
  __m512d low = _mm512_setzero_pd();
  __m512d high = _mm512_setzero_pd();
  for (std::size_t i = 0; i < size; i += 16) {
    const __m512 values = _mm512_maskz_loadu_ps(first_lanes(size - i), x + i);
    low = add_squares(low, _mm512_maskz_extractf32x8_ps(0xFF, values, 0));
    high = add_squares(high, _mm512_maskz_extractf32x8_ps(0xFF, values, 1));
  }
  const __m512d eight = _mm512_add_pd(low, high);
  const __m256d four = _mm256_add_pd(_mm512_maskz_extractf64x4_pd(0xF, eight, 0),
                                     _mm512_maskz_extractf64x4_pd(0xF, eight, 1));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

float half_squared_distance(const float* x, float x_scale, const float* y, float y_scale,
                            std::size_t size) {
  const __m512 x_scales = _mm512_set1_ps(x_scale);
  const __m512 y_scales = _mm512_set1_ps(y_scale);
  const auto add = [&](__m512 sum, __m512 a, __m512 b) {
    const __m512 difference = _mm512_sub_ps(_mm512_mul_ps(a, x_scales), _mm512_mul_ps(b, y_scales));
    return _mm512_add_ps(sum, _mm512_mul_ps(difference, difference));
  };
  __m512 low = _mm512_setzero_ps();
  __m512 high = _mm512_setzero_ps();
  std::size_t i = 0;
  for (; i + 32 <= size; i += 32) {
    low = add(low, _mm512_loadu_ps(x + i), _mm512_loadu_ps(y + i));
    high = add(high, _mm512_loadu_ps(x + i + 16), _mm512_loadu_ps(y + i + 16));
  }
  if (i < size) {
    const __mmask16 mask = first_lanes(size - i);
    low = add(low, _mm512_maskz_loadu_ps(mask, x + i), _mm512_maskz_loadu_ps(mask, y + i));
  }
  if (i + 16 < size) {
    const __mmask16 mask = first_lanes(size - i - 16);
    high = add(high, _mm512_maskz_loadu_ps(mask, x + i + 16), _mm512_maskz_loadu_ps(mask, y + i + 16));
  }
  const __m512 sixteen = _mm512_add_ps(low, high);
  const __m256 eight = _mm256_add_ps(_mm512_maskz_extractf32x8_ps(0xFF, sixteen, 0),
                                     _mm512_maskz_extractf32x8_ps(0xFF, sixteen, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return 0.5F * _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

}  // namespace

RowKernels row_kernels_avx512() { return {sum_of_squares, half_squared_distance}; }

}  // namespace clipcluster::neighbors
