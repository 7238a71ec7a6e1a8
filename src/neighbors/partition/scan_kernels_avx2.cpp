#include <immintrin.h>

#include "neighbors/partition/scan_kernels.h"
#include "neighbors/partition/tile_one_by_one.h"

namespace clipcluster::neighbors {
namespace {

__m256i add_pair(__m256i sum, const std::int8_t* codes, std::int32_t query) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_cvtepi8_epi16(bytes), _mm256_set1_epi32(query)));
}

// Eight rows, whose keys are then compared.
std::size_t select(const CodeScan& scan, std::size_t first_row, __m256i sums, CodeHit* hits) {
  const __m256 scales =
      _mm256_mul_ps(_mm256_loadu_ps(scan.scales + first_row), _mm256_set1_ps(scan.query_scale));
  const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), scales);
  const __m256 keys = _mm256_sub_ps(_mm256_loadu_ps(scan.half_norms + first_row), product);
  const __m256 below = _mm256_cmp_ps(keys, _mm256_set1_ps(scan.limit), _CMP_LE_OQ);
  auto wanted = static_cast<unsigned>(_mm256_movemask_ps(below));
  if (wanted == 0) return 0;
  float stored[8];
  _mm256_storeu_ps(stored, keys);
  std::size_t count = 0;
  for (; wanted != 0; wanted &= wanted - 1) {
    const auto lane = static_cast<unsigned>(__builtin_ctz(wanted));
    hits[count++] = {stored[lane], static_cast<std::uint32_t>(first_row) + lane};
  }
  return count;
}

}  // namespace

std::size_t code_scan_avx2(const CodeScan& scan, CodeHit* hits) {
  std::size_t count = 0;
  for (std::size_t p = 0; p < scan.panel_count; ++p) {
    const std::int8_t* panel = scan.codes + p * scan.pairs * 2 * kCodeRows;
    __m256i low = _mm256_setzero_si256();
    __m256i high = _mm256_setzero_si256();
    for (std::size_t k = 0; k < scan.pairs; ++k) {
      low = add_pair(low, panel + k * 2 * kCodeRows, scan.query[k]);
      high = add_pair(high, panel + k * 2 * kCodeRows + kCodeRows, scan.query[k]);
    }
    count += select(scan, p * kCodeRows, low, hits + count);
    count += select(scan, p * kCodeRows + 8, high, hits + count);
  }
  return count;
}

std::size_t code_tile_avx2(const CodeTile& tile, CodeTileHit* hits) {
  return one_by_one(tile, code_scan_avx2, hits);
}

}  // namespace clipcluster::neighbors
