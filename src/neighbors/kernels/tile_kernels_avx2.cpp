#include <immintrin.h>

#include "neighbors/kernels/tile_kernels.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kRowsAtOnce = 4;  // times two registers of columns: 8 sums hide the latency

struct Sums {
  __m256 low[kRowsAtOnce];
  __m256 high[kRowsAtOnce];
};

Sums multiply(const float* rows, const float* panel, std::size_t depth) {
  Sums sums;
  for (std::size_t r = 0; r < kRowsAtOnce; ++r) sums.low[r] = sums.high[r] = _mm256_setzero_ps();
  for (std::size_t k = 0; k < depth; ++k) {
    const __m256 low = _mm256_loadu_ps(panel + k * kPanelRows);
    const __m256 high = _mm256_loadu_ps(panel + k * kPanelRows + 8);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
      const __m256 factor = _mm256_broadcast_ss(rows + k * kPanelRows + r);
      sums.low[r] = _mm256_fmadd_ps(factor, low, sums.low[r]);
      sums.high[r] = _mm256_fmadd_ps(factor, high, sums.high[r]);
    }
  }
  return sums;
}

// Eight pairs of row r with columns first_column..+7.
std::size_t select(const TileInput& input, std::size_t r, std::size_t first_column, __m256 products,
                   TileHit* hits) {
  const __m256 half_norms = _mm256_add_ps(_mm256_set1_ps(input.rows.half_norms[r]),
                                          _mm256_loadu_ps(input.columns.half_norms + first_column));
  const __m256 raised = _mm256_fmadd_ps(_mm256_set1_ps(input.rows.errors[r]),
                                        _mm256_loadu_ps(input.columns.errors + first_column), products);
  const __m256 bounds = _mm256_sub_ps(half_norms, raised);
  const __m256 by_row = _mm256_cmp_ps(bounds, _mm256_set1_ps(input.rows.limits[r]), _CMP_LE_OQ);
  const __m256 by_column =
      _mm256_cmp_ps(bounds, _mm256_loadu_ps(input.columns.limits + first_column), _CMP_LE_OQ);
  auto wanted = static_cast<unsigned>(_mm256_movemask_ps(_mm256_or_ps(by_row, by_column)));
  if (wanted == 0) return 0;
  float stored[8];
  _mm256_storeu_ps(stored, bounds);
  std::size_t count = 0;
  for (; wanted != 0; wanted &= wanted - 1) {
    const auto lane = static_cast<unsigned>(__builtin_ctz(wanted));
    hits[count++] = {stored[lane], static_cast<std::uint16_t>(r),
                     static_cast<std::uint16_t>(first_column + lane)};
  }
  return count;
}

}  // namespace

std::size_t tile_avx2(const TileInput& input, TileHit* hits) {
  std::size_t count = 0;
  const float* row_panel = static_cast<const float*>(input.rows.panels) + input.first_lane;
  for (std::size_t p = 0; p < input.panel_count; ++p) {
    const auto* panel = reinterpret_cast<const float*>(static_cast<const char*>(input.columns.panels) +
                                                       p * input.panel_bytes);
    for (std::size_t first = 0; first < kTileRows; first += kRowsAtOnce) {
      const Sums sums = multiply(row_panel + first, panel, input.depth);
      for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
        count += select(input, first + r, p * kPanelRows, sums.low[r], hits + count);
        count += select(input, first + r, p * kPanelRows + 8, sums.high[r], hits + count);
      }
    }
  }
  return count;
}

}  // namespace clipcluster::neighbors
