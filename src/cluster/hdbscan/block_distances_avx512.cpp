#include <immintrin.h>

#include "cluster/hdbscan/block_distances.h"

namespace clipcluster::hdbscan {

void block_distances_avx512(const double* query, const double* block, std::size_t dims, double* out) {
  __m512d low = _mm512_setzero_pd();
  __m512d high = _mm512_setzero_pd();
  for (std::size_t d = 0; d < dims; ++d) {
    const __m512d value = _mm512_set1_pd(query[d]);
    const __m512d from_low = _mm512_sub_pd(_mm512_loadu_pd(block + d * 16), value);
    const __m512d from_high = _mm512_sub_pd(_mm512_loadu_pd(block + d * 16 + 8), value);
    low = _mm512_add_pd(low, _mm512_mul_pd(from_low, from_low));
    high = _mm512_add_pd(high, _mm512_mul_pd(from_high, from_high));
  }
  _mm512_storeu_pd(out, low);
  _mm512_storeu_pd(out + 8, high);
}

}  // namespace clipcluster::hdbscan
