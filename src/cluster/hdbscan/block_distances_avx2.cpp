#include <immintrin.h>

#include "cluster/hdbscan/block_distances.h"

namespace clipcluster::hdbscan {

void block_distances_avx2(const double* query, const double* block, std::size_t dims, double* out) {
  __m256d sums[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
  for (std::size_t d = 0; d < dims; ++d) {
    const __m256d value = _mm256_set1_pd(query[d]);
    for (int part = 0; part < 4; ++part) {
      const __m256d difference = _mm256_sub_pd(_mm256_loadu_pd(block + d * 16 + part * 4), value);
      sums[part] = _mm256_add_pd(sums[part], _mm256_mul_pd(difference, difference));
    }
  }
  for (int part = 0; part < 4; ++part) _mm256_storeu_pd(out + part * 4, sums[part]);
}

}  // namespace clipcluster::hdbscan
