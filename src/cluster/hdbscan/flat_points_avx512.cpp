#include <immintrin.h>

#include "cluster/hdbscan/flat_kernels.h"

namespace clipcluster::hdbscan {

void near_in_tile_avx512(const float* queries, const float* points, std::size_t dims,
                         const float* query_terms, const float* point_terms, const float* limits,
                         std::uint32_t* near) {
  __m512 products[kTileQueries][2];
  for (auto& row : products) row[0] = row[1] = _mm512_setzero_ps();
  for (std::size_t d = 0; d < dims; ++d) {
    const __m512 left = _mm512_loadu_ps(points + d * kTileSize);
    const __m512 right = _mm512_loadu_ps(points + d * kTileSize + 16);
    for (std::size_t q = 0; q < kTileQueries; ++q) {
      const __m512 value = _mm512_set1_ps(queries[d * kTileSize + q]);
      products[q][0] = _mm512_fmadd_ps(value, left, products[q][0]);
      products[q][1] = _mm512_fmadd_ps(value, right, products[q][1]);
    }
  }
  for (std::size_t q = 0; q < kTileQueries; ++q) {
    near[q] = 0;
    for (int half = 0; half < 2; ++half) {
      const __m512 terms =
          _mm512_add_ps(_mm512_set1_ps(query_terms[q]), _mm512_loadu_ps(point_terms + half * 16));
      const __m512 least = _mm512_fnmadd_ps(_mm512_set1_ps(2.0F), products[q][half], terms);
      const __mmask16 within = _mm512_cmp_ps_mask(least, _mm512_set1_ps(limits[q]), _CMP_LE_OQ);
      near[q] |= static_cast<std::uint32_t>(within) << (half * 16);
    }
  }
}

double pair_distance_avx512(const double* a, const double* b, std::size_t dims) {
  __m512d sum = _mm512_setzero_pd();
  for (std::size_t d = 0; d < dims; d += 8) {
    const auto mask = static_cast<__mmask8>(dims - d >= 8 ? 0xFF : (1U << (dims - d)) - 1);
    const __m512d difference =
        _mm512_sub_pd(_mm512_maskz_loadu_pd(mask, a + d), _mm512_maskz_loadu_pd(mask, b + d));
    sum = _mm512_add_pd(sum, _mm512_mul_pd(difference, difference));
  }
  double sums[8];
  _mm512_storeu_pd(sums, sum);
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

}  // namespace clipcluster::hdbscan
