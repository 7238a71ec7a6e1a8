// What the two AVX-512 kernels share: the loop over tiles and stages, and from products to hits. Include
// only from files compiled for AVX-512.
#pragma once

#include <immintrin.h>

#include "neighbors/kernels/tile_kernels.h"

namespace clipcluster::neighbors {
namespace {

template <std::size_t panels>
using TileSums = __m512[kTileRows][panels];

inline const char* panel_at(const TileInput& input, const TileSide& side, std::size_t stage,
                            std::size_t row) {
  return static_cast<const char*>(side.stages[stage].panels) + row / kPanelRows * input.panel_bytes[stage];
}

// The sums start at minus the half norms: what is left to do for a bound is its error, and its sign.
inline __m512 start_of(const TileInput& input, std::size_t row, std::size_t column) {
  return _mm512_sub_ps(_mm512_set1_ps(-input.rows.half_norms[row]),
                       _mm512_loadu_ps(input.columns.half_norms + column));
}

// The bounds of row r with the columns of panel p, negative.
inline __m512 negative_bounds(const TileInput& input, std::size_t stage, std::size_t row,
                              std::size_t column, __m512 sums) {
  return _mm512_fmadd_ps(_mm512_set1_ps(input.rows.stages[stage].errors[row]),
                         _mm512_loadu_ps(input.columns.stages[stage].errors + column), sums);
}

// Limits of the pairs, negative.
inline __m512 negative_limits(const TileInput& input, std::size_t row, std::size_t p) {
  const __m512 columns = _mm512_loadu_ps(input.columns.limits + p * kPanelRows);
  const __m512 limits = _mm512_maskz_max_ps(0xFFFF, columns, _mm512_set1_ps(input.rows.limits[row]));
  return _mm512_sub_ps(_mm512_setzero_ps(), limits);
}

template <std::size_t panels>
bool any_wanted(const TileInput& input, std::size_t stage, std::size_t row, const TileSums<panels>& sums) {
  __mmask16 wanted = 0;
#pragma GCC unroll 3
  for (std::size_t p = 0; p < panels; ++p) {
    const std::size_t column = input.first_column + p * kPanelRows;
    const __m512 negative_column_limits =
        _mm512_sub_ps(_mm512_setzero_ps(), _mm512_loadu_ps(input.columns.limits + p * kPanelRows));
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kTileRows; ++r) {
      const __m512 bounds = negative_bounds(input, stage, row + r, column, sums[r][p]);
      const __m512 limits =
          _mm512_maskz_min_ps(0xFFFF, negative_column_limits, _mm512_set1_ps(-input.rows.limits[row + r]));
      wanted = static_cast<__mmask16>(wanted | _mm512_cmp_ps_mask(bounds, limits, _CMP_GE_OQ));
    }
  }
  return wanted != 0;
}

template <std::size_t panels>
std::size_t select(const TileInput& input, std::size_t row, const TileSums<panels>& sums, TileHit* hits) {
  std::size_t count = 0;
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 3
    for (std::size_t p = 0; p < panels; ++p) {
      const __m512 negative = negative_bounds(input, input.stage_count - 1, row + r,
                                              input.first_column + p * kPanelRows, sums[r][p]);
      const __m512 limits = negative_limits(input, row + r, p);
      auto wanted = static_cast<unsigned>(_mm512_cmp_ps_mask(negative, limits, _CMP_GE_OQ));
      if (wanted == 0) continue;
      float stored[16];
      _mm512_storeu_ps(stored, negative);
      for (; wanted != 0; wanted &= wanted - 1) {
        const auto lane = static_cast<unsigned>(__builtin_ctz(wanted));
        hits[count++] = {-stored[lane], static_cast<std::uint16_t>(r),
                         static_cast<std::uint16_t>(p * kPanelRows + lane)};
      }
    }
  }
  return count;
}

// Multiply::add(rows, columns, stride, depth, sums) adds a stage's products; rows and columns point to
// panels, rows to the lane of the tile's first row, columns' panels are `stride` bytes apart.
template <class Multiply, std::size_t panels>
std::size_t run_panels(const TileInput& input, std::size_t& row, TileHit* hits) {
  for (; row < input.row_end; row += kTileRows) {
    TileSums<panels> sums;
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 3
      for (std::size_t p = 0; p < panels; ++p) {
        sums[r][p] = start_of(input, row + r, input.first_column + p * kPanelRows);
      }
    }
    std::size_t stage = 0;
    for (;; ++stage) {
      Multiply::template add<panels>(panel_at(input, input.rows, stage, row) + row % kPanelRows * 4,
                                     panel_at(input, input.columns, stage, input.first_column),
                                     input.panel_bytes[stage], input.depths[stage], sums);
      if (stage + 1 == input.stage_count || !any_wanted<panels>(input, stage, row, sums)) break;
    }
    if (stage + 1 < input.stage_count) continue;
    const std::size_t count = select<panels>(input, row, sums, hits);
    if (count != 0) return count;
  }
  return 0;
}

template <class Multiply>
std::size_t run_tiles(const TileInput& input, std::size_t& row, TileHit* hits) {
  if (input.panel_count == 3) return run_panels<Multiply, 3>(input, row, hits);
  if (input.panel_count == 2) return run_panels<Multiply, 2>(input, row, hits);
  return run_panels<Multiply, 1>(input, row, hits);
}

}  // namespace
}  // namespace clipcluster::neighbors
