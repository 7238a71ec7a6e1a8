#include <immintrin.h>

#include "cluster/hdbscan/block_distances.h"

namespace clipcluster::hdbscan {
namespace {

struct Sums {
  __m512d part[2];
};

// The plain _mm512_max_pd starts from an undefined register, of which GCC 12 warns.
inline __m512d max(__m512d a, __m512d b) { return _mm512_maskz_max_pd(0xFF, a, b); }

inline Sums distances_to_box(const double* low, const double* high, const double* block, std::size_t dims) {
  Sums sums = {{_mm512_setzero_pd(), _mm512_setzero_pd()}};
  for (std::size_t d = 0; d < dims; ++d) {
    const __m512d lower = _mm512_set1_pd(low[d]);
    const __m512d upper = _mm512_set1_pd(high[d]);
    for (int part = 0; part < 2; ++part) {
      const __m512d value = _mm512_loadu_pd(block + d * 16 + part * 8);
      const __m512d outside = max(_mm512_sub_pd(lower, value), _mm512_sub_pd(value, upper));
      const __m512d gap = max(_mm512_setzero_pd(), outside);
      sums.part[part] = _mm512_add_pd(sums.part[part], _mm512_mul_pd(gap, gap));
    }
  }
  return sums;
}

}  // namespace

std::uint32_t block_distances_avx512(const double* query, const double* block, std::size_t dims,
                                     double limit, double* out) {
  __m512d sums[2] = {_mm512_setzero_pd(), _mm512_setzero_pd()};
  for (std::size_t d = 0; d < dims; ++d) {
    const __m512d value = _mm512_set1_pd(query[d]);
    for (int part = 0; part < 2; ++part) {
      const __m512d difference = _mm512_sub_pd(_mm512_loadu_pd(block + d * 16 + part * 8), value);
      sums[part] = _mm512_add_pd(sums[part], _mm512_mul_pd(difference, difference));
    }
  }
  std::uint32_t within = 0;
  for (int part = 0; part < 2; ++part) {
    _mm512_storeu_pd(out + part * 8, sums[part]);
    const __mmask8 is_within = _mm512_cmp_pd_mask(sums[part], _mm512_set1_pd(limit), _CMP_LE_OQ);
    within |= static_cast<std::uint32_t>(is_within) << (part * 8);
  }
  return within;
}

std::uint32_t points_near_box_avx512(const double* low, const double* high, const double* block,
                                     std::size_t dims, const double* limits) {
  const Sums sums = distances_to_box(low, high, block, dims);
  std::uint32_t near = 0;
  for (int part = 0; part < 2; ++part) {
    const __mmask8 is_near =
        _mm512_cmp_pd_mask(sums.part[part], _mm512_loadu_pd(limits + part * 8), _CMP_LT_OQ);
    near |= static_cast<std::uint32_t>(is_near) << (part * 8);
  }
  return near;
}

void point_box_distances_avx512(const double* low, const double* high, const double* block,
                                std::size_t dims, double* out) {
  const Sums sums = distances_to_box(low, high, block, dims);
  _mm512_storeu_pd(out, sums.part[0]);
  _mm512_storeu_pd(out + 8, sums.part[1]);
}

void box_distances_avx512(const double* low, const double* high, const double* boxes, std::size_t dims,
                          double* out) {
  __m512d sum = _mm512_setzero_pd();
  for (std::size_t d = 0; d < dims; ++d) {
    const __m512d below = _mm512_sub_pd(_mm512_loadu_pd(boxes + d * 16), _mm512_set1_pd(high[d]));
    const __m512d above = _mm512_sub_pd(_mm512_set1_pd(low[d]), _mm512_loadu_pd(boxes + d * 16 + 8));
    const __m512d gap = max(_mm512_setzero_pd(), max(below, above));
    sum = _mm512_add_pd(sum, _mm512_mul_pd(gap, gap));
  }
  _mm512_storeu_pd(out, sum);
}

}  // namespace clipcluster::hdbscan
