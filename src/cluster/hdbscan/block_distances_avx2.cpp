#include <immintrin.h>

#include "cluster/hdbscan/block_distances.h"

namespace clipcluster::hdbscan {
namespace {

struct Sums {
  __m256d part[4];
};

inline Sums distances_to_box(const double* low, const double* high, const double* block, std::size_t dims) {
  Sums sums = {{_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()}};
  for (std::size_t d = 0; d < dims; ++d) {
    const __m256d lower = _mm256_set1_pd(low[d]);
    const __m256d upper = _mm256_set1_pd(high[d]);
    for (int part = 0; part < 4; ++part) {
      const __m256d value = _mm256_loadu_pd(block + d * 16 + part * 4);
      const __m256d outside = _mm256_max_pd(_mm256_sub_pd(lower, value), _mm256_sub_pd(value, upper));
      const __m256d gap = _mm256_max_pd(_mm256_setzero_pd(), outside);
      sums.part[part] = _mm256_add_pd(sums.part[part], _mm256_mul_pd(gap, gap));
    }
  }
  return sums;
}

}  // namespace

std::uint32_t block_distances_avx2(const double* query, const double* block, std::size_t dims, double limit,
                                   double* out) {
  __m256d sums[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
  for (std::size_t d = 0; d < dims; ++d) {
    const __m256d value = _mm256_set1_pd(query[d]);
    for (int part = 0; part < 4; ++part) {
      const __m256d difference = _mm256_sub_pd(_mm256_loadu_pd(block + d * 16 + part * 4), value);
      sums[part] = _mm256_add_pd(sums[part], _mm256_mul_pd(difference, difference));
    }
  }
  std::uint32_t within = 0;
  for (int part = 0; part < 4; ++part) {
    _mm256_storeu_pd(out + part * 4, sums[part]);
    const __m256d is_within = _mm256_cmp_pd(sums[part], _mm256_set1_pd(limit), _CMP_LE_OQ);
    within |= static_cast<std::uint32_t>(_mm256_movemask_pd(is_within)) << (part * 4);
  }
  return within;
}

std::uint32_t points_near_box_avx2(const double* low, const double* high, const double* block,
                                   std::size_t dims, const double* limits) {
  const Sums sums = distances_to_box(low, high, block, dims);
  std::uint32_t near = 0;
  for (int part = 0; part < 4; ++part) {
    const __m256d is_near = _mm256_cmp_pd(sums.part[part], _mm256_loadu_pd(limits + part * 4), _CMP_LT_OQ);
    near |= static_cast<std::uint32_t>(_mm256_movemask_pd(is_near)) << (part * 4);
  }
  return near;
}

void point_box_distances_avx2(const double* low, const double* high, const double* block, std::size_t dims,
                              double* out) {
  const Sums sums = distances_to_box(low, high, block, dims);
  for (int part = 0; part < 4; ++part) _mm256_storeu_pd(out + part * 4, sums.part[part]);
}

void box_distances_avx2(const double* low, const double* high, const double* boxes, std::size_t dims,
                        double* out) {
  __m256d sums[2] = {_mm256_setzero_pd(), _mm256_setzero_pd()};
  for (std::size_t d = 0; d < dims; ++d) {
    const __m256d lower = _mm256_set1_pd(low[d]);
    const __m256d upper = _mm256_set1_pd(high[d]);
    for (int part = 0; part < 2; ++part) {
      const double* box = boxes + d * 16 + part * 4;
      const __m256d below = _mm256_sub_pd(_mm256_loadu_pd(box), upper);
      const __m256d above = _mm256_sub_pd(lower, _mm256_loadu_pd(box + 8));
      const __m256d gap = _mm256_max_pd(_mm256_setzero_pd(), _mm256_max_pd(below, above));
      sums[part] = _mm256_add_pd(sums[part], _mm256_mul_pd(gap, gap));
    }
  }
  for (int part = 0; part < 2; ++part) _mm256_storeu_pd(out + part * 4, sums[part]);
}

}  // namespace clipcluster::hdbscan
