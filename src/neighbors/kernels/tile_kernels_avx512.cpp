#include "neighbors/kernels/tile_loop_avx512.h"

namespace clipcluster::neighbors {
namespace {

// 8 rows times `panels` registers of columns; with 3 panels, 24 sums of 32 registers.
struct MultiplyF32 {
  template <std::size_t panels>
  static void add(const char* row_panel, const char* column_panels, std::size_t stride, std::size_t depth,
                  TileSums<panels>& sums) {
    const auto* rows = reinterpret_cast<const float*>(row_panel);
    for (std::size_t k = 0; k < depth; ++k) {
      __m512 column[panels];
#pragma GCC unroll 3
      for (std::size_t p = 0; p < panels; ++p) {
        column[p] = _mm512_loadu_ps(column_panels + p * stride + k * kPanelRows * sizeof(float));
      }
#pragma GCC unroll 8
      for (std::size_t r = 0; r < kTileRows; ++r) {
        const __m512 row = _mm512_set1_ps(rows[k * kPanelRows + r]);
#pragma GCC unroll 3
        for (std::size_t p = 0; p < panels; ++p) sums[r][p] = _mm512_fmadd_ps(row, column[p], sums[r][p]);
      }
    }
  }
};

}  // namespace

std::size_t tile_avx512(const TileInput& input, std::size_t& row, TileHit* hits) {
  return run_tiles<MultiplyF32>(input, row, hits);
}

}  // namespace clipcluster::neighbors
