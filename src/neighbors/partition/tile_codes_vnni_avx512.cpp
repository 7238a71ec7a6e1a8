// As tile_codes_avx512.cpp, with product and sum in one instruction.
//
// The zero-masked forms stand for the plain ones, whose GCC 12 headers warn of uninitialised values.
#include <immintrin.h>

#include "neighbors/partition/scan_kernels.h"

namespace clipcluster::neighbors {
namespace {

// Sixteen rows against all queries of the tile.
[[gnu::target("avx512vnni")]] std::size_t panel_hits(const CodeTile& tile, std::size_t p,
                                                     CodeTileHit* hits) {
  __m512i sums[kTileQueries];
#pragma GCC unroll 8
  for (std::size_t q = 0; q < kTileQueries; ++q) sums[q] = _mm512_setzero_si512();
  const std::int8_t* codes = tile.codes + p * tile.pairs * 2 * kCodeRows;
  for (std::size_t k = 0; k < tile.pairs; ++k) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + k * 2 * kCodeRows));
    const __m512i values = _mm512_maskz_cvtepi8_epi16(0xFFFFFFFFU, bytes);
#pragma GCC unroll 8
    for (std::size_t q = 0; q < kTileQueries; ++q) {
      const __m512i query = _mm512_set1_epi32(tile.queries[q * tile.pairs + k]);
      sums[q] = _mm512_dpwssd_epi32(sums[q], values, query);
    }
  }
  const __m512 scales = _mm512_loadu_ps(tile.scales + p * kCodeRows);
  const __m512 half_norms = _mm512_loadu_ps(tile.half_norms + p * kCodeRows);
  std::size_t count = 0;
#pragma GCC unroll 8
  for (std::size_t q = 0; q < kTileQueries; ++q) {
    if (q >= tile.query_count) break;
    const __m512 factors = _mm512_mul_ps(scales, _mm512_set1_ps(tile.query_scales[q]));
    const __m512 product = _mm512_mul_ps(_mm512_maskz_cvtepi32_ps(0xFFFF, sums[q]), factors);
    const __m512 keys = _mm512_sub_ps(half_norms, product);
    auto wanted =
        static_cast<unsigned>(_mm512_cmp_ps_mask(keys, _mm512_set1_ps(tile.limits[q]), _CMP_LE_OQ));
    if (wanted == 0) continue;
    float stored[kCodeRows];
    _mm512_storeu_ps(stored, keys);
    for (; wanted != 0; wanted &= wanted - 1) {
      const auto lane = static_cast<unsigned>(__builtin_ctz(wanted));
      hits[count++] = {stored[lane], static_cast<std::uint16_t>(q),
                       static_cast<std::uint16_t>(p * kCodeRows + lane)};
    }
  }
  return count;
}

}  // namespace

[[gnu::target("avx512vnni")]] std::size_t code_tile_vnni(const CodeTile& tile, CodeTileHit* hits) {
  std::size_t count = 0;
  for (std::size_t p = 0; p < tile.panel_count; ++p) count += panel_hits(tile, p, hits + count);
  return count;
}

}  // namespace clipcluster::neighbors
