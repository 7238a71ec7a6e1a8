#include <immintrin.h>

#include "neighbors/kernels/candidate_loops.h"

namespace clipcluster::neighbors {
namespace {

__mmask16 first_lanes(std::size_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xFFFFU : (1U << count) - 1U);
}

std::size_t keep_at_most_compressing(float limit, std::size_t count, float* bounds, std::int32_t* columns) {
  std::size_t kept = 0;
  for (std::size_t c = 0; c < count; c += 16) {
    const __mmask16 mask = first_lanes(count - c);
    const __m512 values = _mm512_maskz_loadu_ps(mask, bounds + c);
    const __m512i indices = _mm512_maskz_loadu_epi32(mask, columns + c);
    const __mmask16 keep = _mm512_mask_cmp_ps_mask(mask, values, _mm512_set1_ps(limit), _CMP_LE_OQ);
    // Compressed in a register first: compressing stores are slow on some processors.
    const auto kept_here = static_cast<unsigned>(__builtin_popcount(keep));
    const __mmask16 places = first_lanes(kept_here);
    _mm512_mask_storeu_ps(bounds + kept, places, _mm512_maskz_compress_ps(keep, values));
    _mm512_mask_storeu_epi32(columns + kept, places, _mm512_maskz_compress_epi32(keep, indices));
    kept += kept_here;
  }
  return kept;
}

}  // namespace

CandidateKernels candidate_kernels_avx512() { return {add_widths, kth_smallest, keep_at_most_compressing}; }

}  // namespace clipcluster::neighbors
