#include "neighbors/kernels/tile_select_avx512.h"

namespace clipcluster::neighbors {
namespace {

// 8 rows times `panels` registers of columns; with 3 panels, 24 sums of 32 registers.
template <std::size_t panels>
std::size_t multiply_and_select(const TileInput& input, TileHit* hits) {
  const float* rows = static_cast<const float*>(input.rows.panels) + input.first_lane;
  const auto* columns = static_cast<const float*>(input.columns.panels);
  const std::size_t stride = input.panel_bytes / sizeof(float);
  __m512 sums[kTileRows][panels];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 3
    for (std::size_t p = 0; p < panels; ++p) sums[r][p] = _mm512_setzero_ps();
  }
  for (std::size_t k = 0; k < input.depth; ++k) {
    __m512 column[panels];
#pragma GCC unroll 3
    for (std::size_t p = 0; p < panels; ++p) {
      column[p] = _mm512_loadu_ps(columns + p * stride + k * kPanelRows);
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kTileRows; ++r) {
      const __m512 row = _mm512_set1_ps(rows[k * kPanelRows + r]);
#pragma GCC unroll 3
      for (std::size_t p = 0; p < panels; ++p) sums[r][p] = _mm512_fmadd_ps(row, column[p], sums[r][p]);
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

std::size_t tile_avx512(const TileInput& input, TileHit* hits) {
  if (input.panel_count == 3) return multiply_and_select<3>(input, hits);
  if (input.panel_count == 2) return multiply_and_select<2>(input, hits);
  return multiply_and_select<1>(input, hits);
}

}  // namespace clipcluster::neighbors
