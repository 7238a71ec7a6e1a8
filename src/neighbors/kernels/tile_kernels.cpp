#include "neighbors/kernels/tile_kernels.h"

#include "clipcluster/cpu.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kRowsAtOnce = 2;

// Two rows times one panel: few enough sums to stay in registers.
void multiply(const float* rows, const float* panel, std::size_t depth, float (*sums)[kPanelRows]) {
  float local[kRowsAtOnce][kPanelRows] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
      const float factor = rows[k * kPanelRows + r];
      for (std::size_t c = 0; c < kPanelRows; ++c) local[r][c] += factor * panel[k * kPanelRows + c];
    }
  }
  for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
    for (std::size_t c = 0; c < kPanelRows; ++c) sums[r][c] = local[r][c];
  }
}

}  // namespace

std::size_t tile_scalar(const TileInput& input, TileHit* hits) {
  std::size_t count = 0;
  const float* row_panel = static_cast<const float*>(input.rows.panels) + input.first_lane;
  for (std::size_t p = 0; p < input.panel_count; ++p) {
    const auto* panel = reinterpret_cast<const float*>(static_cast<const char*>(input.columns.panels) +
                                                       p * input.panel_bytes);
    float sums[kTileRows][kPanelRows];
    for (std::size_t r = 0; r < kTileRows; r += kRowsAtOnce) {
      multiply(row_panel + r, panel, input.depth, sums + r);
    }
    for (std::size_t r = 0; r < kTileRows; ++r) {
      for (std::size_t c = 0; c < kPanelRows; ++c) {
        const std::size_t column = p * kPanelRows + c;
        const float bound = (input.rows.half_norms[r] + input.columns.half_norms[column]) -
                            (sums[r][c] + input.rows.errors[r] * input.columns.errors[column]);
        if (bound <= input.rows.limits[r] || bound <= input.columns.limits[column]) {
          hits[count++] = {bound, static_cast<std::uint16_t>(r), static_cast<std::uint16_t>(column)};
        }
      }
    }
  }
  return count;
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
