#include <immintrin.h>

#include "neighbors/kernels/tile_kernels.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kRowsAtOnce = 4;  // times two registers of columns: 8 sums hide the latency

using TileSums = float[kTilePanels][kTileRows][kPanelRows];

void add_products(const float* rows, const float* panel, std::size_t depth, float (*sums)[kPanelRows]) {
  __m256 low[kRowsAtOnce];
  __m256 high[kRowsAtOnce];
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
    low[r] = _mm256_loadu_ps(sums[r]);
    high[r] = _mm256_loadu_ps(sums[r] + kLanes);
  }
  for (std::size_t k = 0; k < depth; ++k) {
    const __m256 left = _mm256_loadu_ps(panel + k * kPanelRows);
    const __m256 right = _mm256_loadu_ps(panel + k * kPanelRows + kLanes);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
      const __m256 factor = _mm256_broadcast_ss(rows + k * kPanelRows + r);
      low[r] = _mm256_fmadd_ps(factor, left, low[r]);
      high[r] = _mm256_fmadd_ps(factor, right, high[r]);
    }
  }
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
    _mm256_storeu_ps(sums[r], low[r]);
    _mm256_storeu_ps(sums[r] + kLanes, high[r]);
  }
}

void add_stage(const TileInput& input, std::size_t stage, std::size_t row, TileSums& sums) {
  const auto panel_at = [&](const TileSide& side, std::size_t first) {
    const auto* panels = static_cast<const char*>(side.stages[stage].panels);
    return reinterpret_cast<const float*>(panels + first / kPanelRows * input.panel_bytes[stage]);
  };
  const float* rows = panel_at(input.rows, row) + row % kPanelRows;
  for (std::size_t p = 0; p < input.panel_count; ++p) {
    const float* panel = panel_at(input.columns, input.first_column + p * kPanelRows);
    for (std::size_t r = 0; r < kTileRows; r += kRowsAtOnce) {
      add_products(rows + r, panel, input.depths[stage], sums[p] + r);
    }
  }
}

// Eight pairs: row r of the tile with its columns c..c+7.
std::size_t select(const TileInput& input, std::size_t stage, std::size_t row, std::size_t r, std::size_t c,
                   __m256 products, TileHit* hits) {
  const std::size_t column = input.first_column + c;
  const __m256 half_norms = _mm256_add_ps(_mm256_set1_ps(input.rows.half_norms[row + r]),
                                          _mm256_loadu_ps(input.columns.half_norms + column));
  const __m256 raised =
      _mm256_fmadd_ps(_mm256_set1_ps(input.rows.stages[stage].errors[row + r]),
                      _mm256_loadu_ps(input.columns.stages[stage].errors + column), products);
  const __m256 bounds = _mm256_sub_ps(half_norms, raised);
  const __m256 limits =
      _mm256_max_ps(_mm256_loadu_ps(input.columns.limits + c), _mm256_set1_ps(input.rows.limits[row + r]));
  auto wanted = static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(bounds, limits, _CMP_LE_OQ)));
  if (wanted == 0) return 0;
  float stored[kLanes];
  _mm256_storeu_ps(stored, bounds);
  std::size_t count = 0;
  for (; wanted != 0; wanted &= wanted - 1) {
    const auto lane = static_cast<unsigned>(__builtin_ctz(wanted));
    hits[count++] = {stored[lane], static_cast<std::uint16_t>(r), static_cast<std::uint16_t>(c + lane)};
  }
  return count;
}

std::size_t wanted_pairs(const TileInput& input, std::size_t stage, std::size_t row, const TileSums& sums,
                         TileHit* hits) {
  std::size_t count = 0;
  for (std::size_t r = 0; r < kTileRows; ++r) {
    for (std::size_t c = 0; c < input.panel_count * kPanelRows; c += kLanes) {
      const __m256 products = _mm256_loadu_ps(sums[c / kPanelRows][r] + c % kPanelRows);
      count += select(input, stage, row, r, c, products, hits + count);
    }
  }
  return count;
}

std::size_t run_one(const TileInput& input, std::size_t row, TileHit* hits) {
  TileSums sums = {};
  std::size_t count = 0;
  for (std::size_t stage = 0; stage < input.stage_count; ++stage) {
    add_stage(input, stage, row, sums);
    count = wanted_pairs(input, stage, row, sums, hits);
    if (count == 0) break;
  }
  return count;
}

}  // namespace

std::size_t tile_avx2(const TileInput& input, std::size_t& row, TileHit* hits) {
  for (; row < input.row_end; row += kTileRows) {
    const std::size_t count = run_one(input, row, hits);
    if (count != 0) return count;
  }
  return 0;
}

}  // namespace clipcluster::neighbors
