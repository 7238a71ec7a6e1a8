#include "neighbors/kernels/tile_loop_avx512.h"

namespace clipcluster::neighbors {
namespace {

// As the f32 kernel, but each step takes two elements of each row: 32 bits hold a pair.
struct MultiplyBf16 {
  template <std::size_t panels>
  static void add(const char* row_panel, const char* column_panels, std::size_t stride, std::size_t depth,
                  TileSums<panels>& sums) {
    const auto* rows = reinterpret_cast<const std::int32_t*>(row_panel);
    for (std::size_t k = 0; k < depth / 2; ++k) {
      __m512bh column[panels];
#pragma GCC unroll 3
      for (std::size_t p = 0; p < panels; ++p) {
        column[p] = (__m512bh)_mm512_loadu_si512(column_panels + p * stride +
                                                 k * kPanelRows * sizeof(std::int32_t));
      }
#pragma GCC unroll 8
      for (std::size_t r = 0; r < kTileRows; ++r) {
        const auto row = (__m512bh)_mm512_set1_epi32(rows[k * kPanelRows + r]);
#pragma GCC unroll 3
        for (std::size_t p = 0; p < panels; ++p) sums[r][p] = _mm512_dpbf16_ps(sums[r][p], row, column[p]);
      }
    }
  }
};

}  // namespace

std::size_t tile_avx512bf16(const TileInput& input, std::size_t& row, TileHit* hits) {
  return run_tiles<MultiplyBf16>(input, row, hits);
}

}  // namespace clipcluster::neighbors
