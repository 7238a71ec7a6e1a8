#include <immintrin.h>

#include "cluster/hdbscan/flat_kernels.h"

namespace clipcluster::hdbscan {

void near_in_tile_avx2(const float* queries, const float* points, std::size_t dims,
                       const float* query_terms, const float* point_terms, const float* limits,
                       std::uint32_t* near) {
  for (std::size_t q = 0; q < kTileQueries; q += 2) {
    __m256 products[2][4];
    for (auto& row : products) row[0] = row[1] = row[2] = row[3] = _mm256_setzero_ps();
    for (std::size_t d = 0; d < dims; ++d) {
      for (std::size_t i = 0; i < 2; ++i) {
        const __m256 value = _mm256_set1_ps(queries[d * kTileSize + q + i]);
        for (std::size_t part = 0; part < 4; ++part) {
          products[i][part] =
              _mm256_fmadd_ps(value, _mm256_loadu_ps(points + d * kTileSize + part * 8), products[i][part]);
        }
      }
    }
    for (std::size_t i = 0; i < 2; ++i) {
      near[q + i] = 0;
      for (std::size_t part = 0; part < 4; ++part) {
        const __m256 terms =
            _mm256_add_ps(_mm256_set1_ps(query_terms[q + i]), _mm256_loadu_ps(point_terms + part * 8));
        const __m256 least = _mm256_fnmadd_ps(_mm256_set1_ps(2.0F), products[i][part], terms);
        const __m256 within = _mm256_cmp_ps(least, _mm256_set1_ps(limits[q + i]), _CMP_LE_OQ);
        near[q + i] |= static_cast<std::uint32_t>(_mm256_movemask_ps(within)) << (part * 8);
      }
    }
  }
}

double pair_distance_avx2(const double* a, const double* b, std::size_t dims) {
  __m256d low = _mm256_setzero_pd();
  __m256d high = _mm256_setzero_pd();
  std::size_t d = 0;
  for (; d + 8 <= dims; d += 8) {
    const __m256d first = _mm256_sub_pd(_mm256_loadu_pd(a + d), _mm256_loadu_pd(b + d));
    const __m256d second = _mm256_sub_pd(_mm256_loadu_pd(a + d + 4), _mm256_loadu_pd(b + d + 4));
    low = _mm256_add_pd(low, _mm256_mul_pd(first, first));
    high = _mm256_add_pd(high, _mm256_mul_pd(second, second));
  }
  double sums[8];
  _mm256_storeu_pd(sums, low);
  _mm256_storeu_pd(sums + 4, high);
  for (std::size_t i = 0; d < dims; ++d, ++i) {
    const double difference = a[d] - b[d];
    sums[i] += difference * difference;
  }
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

}  // namespace clipcluster::hdbscan
