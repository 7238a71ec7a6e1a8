// What the two AVX-512 kernels share: from products to hits. Include only from files compiled for
// AVX-512.
#pragma once

#include <immintrin.h>

#include "neighbors/kernels/tile_kernels.h"

namespace clipcluster::neighbors {
namespace {

// Sixteen pairs of row r with the columns of panel p.
inline std::size_t select(const TileInput& input, std::size_t r, std::size_t p, __m512 products,
                          TileHit* hits) {
  const std::size_t first_column = p * kPanelRows;
  const __m512 half_norms = _mm512_add_ps(_mm512_set1_ps(input.rows.half_norms[r]),
                                          _mm512_loadu_ps(input.columns.half_norms + first_column));
  const __m512 raised = _mm512_fmadd_ps(_mm512_set1_ps(input.rows.errors[r]),
                                        _mm512_loadu_ps(input.columns.errors + first_column), products);
  const __m512 bounds = _mm512_sub_ps(half_norms, raised);
  const __mmask16 by_row = _mm512_cmp_ps_mask(bounds, _mm512_set1_ps(input.rows.limits[r]), _CMP_LE_OQ);
  const __mmask16 by_column =
      _mm512_cmp_ps_mask(bounds, _mm512_loadu_ps(input.columns.limits + first_column), _CMP_LE_OQ);
  auto wanted = static_cast<unsigned>(by_row | by_column);
  if (wanted == 0) return 0;
  float stored[16];
  _mm512_storeu_ps(stored, bounds);
  std::size_t count = 0;
  for (; wanted != 0; wanted &= wanted - 1) {
    const auto lane = static_cast<unsigned>(__builtin_ctz(wanted));
    hits[count++] = {stored[lane], static_cast<std::uint16_t>(r),
                     static_cast<std::uint16_t>(first_column + lane)};
  }
  return count;
}

}  // namespace
}  // namespace clipcluster::neighbors
