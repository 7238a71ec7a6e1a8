#include <immintrin.h>

#include "cluster/hdbscan/nearest_values.h"

namespace clipcluster::hdbscan {
namespace {

// Which pairs of 32-bit words bring the chosen ones of four doubles to the front.
alignas(32) constexpr std::int32_t kCompress[16][8] = {
    {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7}, {2, 3, 0, 1, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7},
    {4, 5, 0, 1, 2, 3, 6, 7}, {0, 1, 4, 5, 2, 3, 6, 7}, {2, 3, 4, 5, 0, 1, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7},
    {6, 7, 0, 1, 2, 3, 4, 5}, {0, 1, 6, 7, 2, 3, 4, 5}, {2, 3, 6, 7, 0, 1, 4, 5}, {0, 1, 2, 3, 6, 7, 4, 5},
    {4, 5, 6, 7, 0, 1, 2, 3}, {0, 1, 4, 5, 6, 7, 2, 3}, {2, 3, 4, 5, 6, 7, 0, 1}, {0, 1, 2, 3, 4, 5, 6, 7}};

// Writes four places, of which only the returned number count.
inline std::size_t append(double* out, unsigned which, __m256d values) {
  const __m256i order = _mm256_load_si256(reinterpret_cast<const __m256i*>(kCompress[which]));
  const __m256 moved = _mm256_permutevar8x32_ps(_mm256_castpd_ps(values), order);
  _mm256_storeu_pd(out, _mm256_castps_pd(moved));
  return static_cast<std::size_t>(__builtin_popcount(which));
}

}  // namespace

Collected collect_near_avx2(const double* query, const double* block, std::size_t dims, std::uint32_t valid,
                            NearLimits limits, double* out, double* collected) {
  __m256d sums[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
  for (std::size_t d = 0; d < dims; ++d) {
    const __m256d value = _mm256_set1_pd(query[d]);
    for (int part = 0; part < 4; ++part) {
      const __m256d difference = _mm256_sub_pd(_mm256_loadu_pd(block + d * 16 + part * 4), value);
      sums[part] = _mm256_add_pd(sums[part], _mm256_mul_pd(difference, difference));
    }
  }
  Collected result;
  for (int part = 0; part < 4; ++part) {
    _mm256_storeu_pd(out + part * 4, sums[part]);
    const __m256d is_far = _mm256_cmp_pd(sums[part], _mm256_set1_pd(limits.far), _CMP_LT_OQ);
    const __m256d is_near = _mm256_cmp_pd(sums[part], _mm256_set1_pd(limits.near), _CMP_LT_OQ);
    const unsigned mask = valid >> (part * 4) & 0xFU;
    const unsigned far = static_cast<unsigned>(_mm256_movemask_pd(is_far)) & mask;
    result.count += append(collected + result.count, far, sums[part]);
    result.near |= (static_cast<unsigned>(_mm256_movemask_pd(is_near)) & mask) << (part * 4);
  }
  return result;
}

Parts part_values_avx2(double* values, std::size_t count, double pivot, double* greater) {
  Parts parts;
  const __m256d middle = _mm256_set1_pd(pivot);
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const __m256d some = _mm256_loadu_pd(values + i);
    // What is written to the front has been read: `less` never overtakes i.
    const auto below = static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(some, middle, _CMP_LT_OQ)));
    const auto above = static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(some, middle, _CMP_GT_OQ)));
    parts.less += append(values + parts.less, below, some);
    parts.greater += append(greater + parts.greater, above, some);
  }
  for (; i < count; ++i) {
    const double value = values[i];
    values[parts.less] = value;
    parts.less += value < pivot ? 1 : 0;
    greater[parts.greater] = value;
    parts.greater += value > pivot ? 1 : 0;
  }
  return parts;
}

}  // namespace clipcluster::hdbscan
