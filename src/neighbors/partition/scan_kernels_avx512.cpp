// The zero-masked forms stand for the plain ones, whose GCC 12 headers warn of uninitialised values.
#include <immintrin.h>

#include "neighbors/partition/scan_kernels.h"

namespace clipcluster::neighbors {
namespace {

__m512i widened(const std::int8_t* codes) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
  return _mm512_maskz_cvtepi8_epi16(0xFFFFFFFFU, bytes);
}

__m512i add_pair(__m512i sum, const std::int8_t* codes, std::int32_t query) {
  return _mm512_add_epi32(sum, _mm512_madd_epi16(widened(codes), _mm512_set1_epi32(query)));
}

__m512i products(const std::int8_t* panel, const std::int32_t* query, std::size_t pairs) {
  __m512i even = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();
  std::size_t k = 0;
  for (; k + 2 <= pairs; k += 2) {
    even = add_pair(even, panel + k * 2 * kCodeRows, query[k]);
    odd = add_pair(odd, panel + (k + 1) * 2 * kCodeRows, query[k + 1]);
  }
  if (k < pairs) even = add_pair(even, panel + k * 2 * kCodeRows, query[k]);
  return _mm512_add_epi32(even, odd);
}

}  // namespace

std::size_t code_scan_avx512(const CodeScan& scan, CodeHit* hits) {
  std::size_t count = 0;
  const __m512 query_scale = _mm512_set1_ps(scan.query_scale);
  const __m512 limit = _mm512_set1_ps(scan.limit);
  for (std::size_t p = 0; p < scan.panel_count; ++p) {
    const __m512i sums = products(scan.codes + p * scan.pairs * 2 * kCodeRows, scan.query, scan.pairs);
    const __m512 scales = _mm512_mul_ps(_mm512_loadu_ps(scan.scales + p * kCodeRows), query_scale);
    const __m512 product = _mm512_mul_ps(_mm512_maskz_cvtepi32_ps(0xFFFF, sums), scales);
    const __m512 keys = _mm512_sub_ps(_mm512_loadu_ps(scan.half_norms + p * kCodeRows), product);
    auto wanted = static_cast<unsigned>(_mm512_cmp_ps_mask(keys, limit, _CMP_LE_OQ));
    if (wanted == 0) continue;
    float stored[kCodeRows];
    _mm512_storeu_ps(stored, keys);
    for (; wanted != 0; wanted &= wanted - 1) {
      const auto lane = static_cast<unsigned>(__builtin_ctz(wanted));
      hits[count++] = {stored[lane], static_cast<std::uint32_t>(p * kCodeRows) + lane};
    }
  }
  return count;
}

}  // namespace clipcluster::neighbors
