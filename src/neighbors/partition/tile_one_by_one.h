// A tile as scans of one query after another, where there is no better way.
#pragma once

#include "neighbors/partition/scan_kernels.h"

namespace clipcluster::neighbors {
namespace {

inline std::size_t one_by_one(const CodeTile& tile, CodeScanFunction scan, CodeTileHit* hits) {
  CodeHit found[kCodeRows];
  std::size_t count = 0;
  for (std::size_t q = 0; q < tile.query_count; ++q) {
    for (std::size_t p = 0; p < tile.panel_count; ++p) {
      const CodeScan one{tile.codes + p * tile.pairs * 2 * kCodeRows,
                         tile.scales + p * kCodeRows,
                         tile.half_norms + p * kCodeRows,
                         1,
                         tile.pairs,
                         tile.queries + q * tile.pairs,
                         tile.query_scales[q],
                         tile.limits[q]};
      const std::size_t here = scan(one, found);
      for (std::size_t h = 0; h < here; ++h) {
        hits[count++] = {found[h].key, static_cast<std::uint16_t>(q),
                         static_cast<std::uint16_t>(p * kCodeRows + found[h].row)};
      }
    }
  }
  return count;
}

}  // namespace
}  // namespace clipcluster::neighbors
