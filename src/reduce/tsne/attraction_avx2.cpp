#include <immintrin.h>

#include "reduce/tsne/attraction.h"

namespace clipcluster::tsne {
namespace {

inline float sum_of(__m256 x) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

inline __m256 places_of(const float* places, __m128i columns) {
  const __m256d all = _mm256_castsi256_pd(_mm256_set1_epi32(-1));
  return _mm256_castpd_ps(_mm256_mask_i32gather_pd(
      _mm256_setzero_pd(), reinterpret_cast<const double*>(places), columns, all, 8));
}

}  // namespace

// Eight neighbours at a time; a place (x, y) is fetched as one 64-bit element. Lanes that are off have
// share 0 and column 0.
void attract2_avx2(const Attraction& from, std::size_t begin, std::size_t end, float* pulls) {
  const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  for (std::size_t i = begin; i < end; ++i) {
    const __m256 own_x = _mm256_set1_ps(from.places[2 * i]);
    const __m256 own_y = _mm256_set1_ps(from.places[2 * i + 1]);
    __m256 sum_x = _mm256_setzero_ps();
    __m256 sum_y = _mm256_setzero_ps();
    const std::int64_t last = from.offsets[i + 1];
    for (std::int64_t at = from.offsets[i]; at < last; at += 8) {
      const auto left = static_cast<int>(last - at < 8 ? last - at : 8);
      const __m256i on = _mm256_cmpgt_epi32(_mm256_set1_epi32(left), numbers);
      const __m256i columns = _mm256_maskload_epi32(from.columns + at, on);
      const __m256 shares = _mm256_maskload_ps(from.values + at, on);
      const __m256 low = places_of(from.places, _mm256_castsi256_si128(columns));
      const __m256 high = places_of(from.places, _mm256_extracti128_si256(columns, 1));
      // Neighbours 0 1 4 5 2 3 6 7: the shares follow them.
      const __m256 x = _mm256_sub_ps(own_x, _mm256_shuffle_ps(low, high, 0x88));
      const __m256 y = _mm256_sub_ps(own_y, _mm256_shuffle_ps(low, high, 0xDD));
      const __m256 turned = _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(shares), 0xD8));
      const __m256 square = _mm256_fmadd_ps(x, x, _mm256_fmadd_ps(y, y, _mm256_set1_ps(1.0F)));
      const __m256 weight = _mm256_div_ps(turned, square);
      sum_x = _mm256_fmadd_ps(weight, x, sum_x);
      sum_y = _mm256_fmadd_ps(weight, y, sum_y);
    }
    pulls[2 * i] = sum_of(sum_x);
    pulls[2 * i + 1] = sum_of(sum_y);
  }
}

}  // namespace clipcluster::tsne
