#include "neighbors/kernels/tile_kernels.h"

#include "clipcluster/cpu.h"

namespace clipcluster::neighbors {
namespace {

using TileSums = float[kTilePanels][kTileRows][kPanelRows];
constexpr std::size_t kRowsAtOnce = 2;  // two rows times one panel: few enough sums to stay in registers

void add_products(const float* rows, const float* panel, std::size_t depth, float (*sums)[kPanelRows]) {
  float local[kRowsAtOnce][kPanelRows] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
      const float factor = rows[k * kPanelRows + r];
      for (std::size_t c = 0; c < kPanelRows; ++c) local[r][c] += factor * panel[k * kPanelRows + c];
    }
  }
  for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
    for (std::size_t c = 0; c < kPanelRows; ++c) sums[r][c] += local[r][c];
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

std::size_t wanted_pairs(const TileInput& input, std::size_t stage, std::size_t row, const TileSums& sums,
                         TileHit* hits) {
  const float* row_errors = input.rows.stages[stage].errors;
  const float* column_errors = input.columns.stages[stage].errors;
  std::size_t count = 0;
  for (std::size_t r = 0; r < kTileRows; ++r) {
    for (std::size_t c = 0; c < input.panel_count * kPanelRows; ++c) {
      const std::size_t column = input.first_column + c;
      const float product = sums[c / kPanelRows][r][c % kPanelRows];
      const float bound = (input.rows.half_norms[row + r] + input.columns.half_norms[column]) -
                          (product + row_errors[row + r] * column_errors[column]);
      if (bound <= input.rows.limits[row + r] || bound <= input.columns.limits[c]) {
        hits[count++] = {bound, static_cast<std::uint16_t>(r), static_cast<std::uint16_t>(c)};
      }
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

std::size_t tile_scalar(const TileInput& input, std::size_t& row, TileHit* hits) {
  for (; row < input.row_end; row += kTileRows) {
    const std::size_t count = run_one(input, row, hits);
    if (count != 0) return count;
  }
  return 0;
}

bool has_avx512bf16() {
#if CLIPCLUSTER_SIMD && defined(__x86_64__)
  __builtin_cpu_init();
  static const bool offered = __builtin_cpu_supports("avx512bf16");
  return offered;
#else
  return false;
#endif
}

TileKernel tile_kernel(std::size_t depth) {
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) {
    if (depth >= 64 && has_avx512bf16()) return {tile_avx512bf16, PackedFormat::bf16};
    return {tile_avx512, PackedFormat::f32};
  }
  if (instruction_set() == InstructionSet::avx2) return {tile_avx2, PackedFormat::f32};
#endif
  static_cast<void>(depth);
  return {tile_scalar, PackedFormat::f32};
}

}  // namespace clipcluster::neighbors
