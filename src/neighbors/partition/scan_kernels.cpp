#include "neighbors/partition/scan_kernels.h"

#include "clipcluster/cpu.h"
#include "neighbors/partition/tile_one_by_one.h"

namespace clipcluster::neighbors {
namespace {

struct QueryPair {
  std::int32_t first;
  std::int32_t second;
};

QueryPair unpack(std::int32_t pair) {
  return {static_cast<std::int16_t>(pair & 0xFFFF), static_cast<std::int16_t>(pair >> 16)};
}

}  // namespace

std::size_t code_scan_scalar(const CodeScan& scan, CodeHit* hits) {
  std::size_t count = 0;
  for (std::size_t p = 0; p < scan.panel_count; ++p) {
    const std::int8_t* panel = scan.codes + p * scan.pairs * 2 * kCodeRows;
    std::int32_t sums[kCodeRows] = {};
    for (std::size_t k = 0; k < scan.pairs; ++k) {
      const QueryPair query = unpack(scan.query[k]);
      const std::int8_t* codes = panel + k * 2 * kCodeRows;
      for (std::size_t r = 0; r < kCodeRows; ++r) {
        sums[r] += query.first * codes[2 * r] + query.second * codes[2 * r + 1];
      }
    }
    for (std::size_t r = 0; r < kCodeRows; ++r) {
      const std::size_t row = p * kCodeRows + r;
      const float product = static_cast<float>(sums[r]) * (scan.scales[row] * scan.query_scale);
      const float key = scan.half_norms[row] - product;
      if (key <= scan.limit) hits[count++] = {key, static_cast<std::uint32_t>(row)};
    }
  }
  return count;
}

std::size_t code_tile_scalar(const CodeTile& tile, CodeTileHit* hits) {
  return one_by_one(tile, code_scan_scalar, hits);
}

CodeScanFunction code_scan_kernel() {
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return code_scan_avx512;
  if (instruction_set() == InstructionSet::avx2) return code_scan_avx2;
#endif
  return code_scan_scalar;
}

bool has_avx512vnni() {
#if CLIPCLUSTER_SIMD && defined(__x86_64__)
  __builtin_cpu_init();
  static const bool offered = __builtin_cpu_supports("avx512vnni");
  return offered;
#else
  return false;
#endif
}

CodeTileFunction code_tile_kernel() {
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512)
    return has_avx512vnni() ? code_tile_vnni : code_tile_avx512;
  if (instruction_set() == InstructionSet::avx2) return code_tile_avx2;
#endif
  return code_tile_scalar;
}

}  // namespace clipcluster::neighbors
