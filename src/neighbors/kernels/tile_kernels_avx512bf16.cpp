#include "neighbors/kernels/tile_select_avx512.h"

namespace clipcluster::neighbors {
namespace {

// As the f32 kernel, but each step takes two elements of each row: 32 bits hold a pair.
template <std::size_t panels>
std::size_t multiply_and_select(const TileInput& input, TileHit* hits) {
  const std::int32_t* rows = static_cast<const std::int32_t*>(input.rows.panels) + input.first_lane;
  const auto* columns = static_cast<const std::int32_t*>(input.columns.panels);
  const std::size_t stride = input.panel_bytes / sizeof(std::int32_t);
  __m512 sums[kTileRows][panels];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 3
    for (std::size_t p = 0; p < panels; ++p) sums[r][p] = _mm512_setzero_ps();
  }
  for (std::size_t k = 0; k < input.depth / 2; ++k) {
    __m512bh column[panels];
#pragma GCC unroll 3
    for (std::size_t p = 0; p < panels; ++p) {
      column[p] = (__m512bh)_mm512_loadu_si512(columns + p * stride + k * kPanelRows);
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kTileRows; ++r) {
      const auto row = (__m512bh)_mm512_set1_epi32(rows[k * kPanelRows + r]);
#pragma GCC unroll 3
      for (std::size_t p = 0; p < panels; ++p) sums[r][p] = _mm512_dpbf16_ps(sums[r][p], row, column[p]);
    }
  }
  std::size_t count = 0;
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 3
    for (std::size_t p = 0; p < panels; ++p) count += select(input, r, p, sums[r][p], hits + count);
  }
  return count;
}

}  // namespace

std::size_t tile_avx512bf16(const TileInput& input, TileHit* hits) {
  if (input.panel_count == 3) return multiply_and_select<3>(input, hits);
  if (input.panel_count == 2) return multiply_and_select<2>(input, hits);
  return multiply_and_select<1>(input, hits);
}

}  // namespace clipcluster::neighbors
