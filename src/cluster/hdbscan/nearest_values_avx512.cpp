#include <immintrin.h>

#include "cluster/hdbscan/nearest_values.h"

namespace clipcluster::hdbscan {
namespace {

// A compressed register and a full store: storing compressed to memory directly is microcode on
// some processors.
inline std::size_t append(double* out, __mmask8 which, __m512d values) {
  _mm512_storeu_pd(out, _mm512_maskz_compress_pd(which, values));
  return static_cast<std::size_t>(__builtin_popcount(which));
}

}  // namespace

Collected collect_near_avx512(const double* query, const double* block, std::size_t dims,
                              std::uint32_t valid, NearLimits limits, double* out, double* collected) {
  __m512d sums[2] = {_mm512_setzero_pd(), _mm512_setzero_pd()};
  for (std::size_t d = 0; d < dims; ++d) {
    const __m512d value = _mm512_set1_pd(query[d]);
    for (int part = 0; part < 2; ++part) {
      const __m512d difference = _mm512_sub_pd(_mm512_loadu_pd(block + d * 16 + part * 8), value);
      sums[part] = _mm512_add_pd(sums[part], _mm512_mul_pd(difference, difference));
    }
  }
  Collected result;
  for (int part = 0; part < 2; ++part) {
    _mm512_storeu_pd(out + part * 8, sums[part]);
    const auto mask = static_cast<__mmask8>(valid >> (part * 8));
    const __mmask8 far = _mm512_mask_cmp_pd_mask(mask, sums[part], _mm512_set1_pd(limits.far), _CMP_LT_OQ);
    const __mmask8 near =
        _mm512_mask_cmp_pd_mask(mask, sums[part], _mm512_set1_pd(limits.near), _CMP_LT_OQ);
    result.count += append(collected + result.count, far, sums[part]);
    result.near |= static_cast<std::uint32_t>(near) << (part * 8);
  }
  return result;
}

Parts part_values_avx512(double* values, std::size_t count, double pivot, double* greater) {
  Parts parts;
  const __m512d middle = _mm512_set1_pd(pivot);
  for (std::size_t i = 0; i < count; i += 8) {
    const auto mask = static_cast<__mmask8>(count - i >= 8 ? 0xFF : (1U << (count - i)) - 1);
    const __m512d some = _mm512_maskz_loadu_pd(mask, values + i);
    // What is written to the front has been read: `less` never overtakes i.
    const __mmask8 below = _mm512_mask_cmp_pd_mask(mask, some, middle, _CMP_LT_OQ);
    const __mmask8 above = _mm512_mask_cmp_pd_mask(mask, some, middle, _CMP_GT_OQ);
    if (mask == 0xFF) {
      parts.less += append(values + parts.less, below, some);
    } else {
      const auto kept = static_cast<std::size_t>(__builtin_popcount(below));
      _mm512_mask_storeu_pd(values + parts.less, static_cast<__mmask8>((1U << kept) - 1),
                            _mm512_maskz_compress_pd(below, some));
      parts.less += kept;
    }
    parts.greater += append(greater + parts.greater, above, some);
  }
  return parts;
}

}  // namespace clipcluster::hdbscan
