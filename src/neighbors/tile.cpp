#include "neighbors/tile.h"

#include <algorithm>
#include <array>
#include <limits>

namespace clipcluster::neighbors {
namespace {

// Limits of columns that want nothing.
const float* no_limits() {
  static const auto limits = [] {
    std::array<float, kTileColumns> values;
    values.fill(-std::numeric_limits<float>::max());
    return values;
  }();
  return limits.data();
}

TileSide side_at(const SearchSide& side, std::size_t row, const float* limits) {
  const PackedPoints& packed = *side.packed;
  return {packed.panels.row(row / kPanelRows), side.bounds->half_norms.data() + row,
          side.bounds->errors.data() + row, limits};
}

void offer_hits(const TileTask& task, const TileHit* hits, std::size_t count, std::size_t first_row,
                std::size_t first_column) {
  for (std::size_t h = 0; h < count; ++h) {
    const std::size_t row = first_row + hits[h].row;
    const std::size_t column = first_column + hits[h].column;
    if (task.skip_equal_indices && row == column) continue;
    task.row_candidates.offer(row, hits[h].bound, static_cast<std::int32_t>(column));
    if (task.column_candidates != nullptr) {
      task.column_candidates->offer(column, hits[h].bound, static_cast<std::int32_t>(row));
    }
  }
}

}  // namespace

void run_tile(const TileTask& task, const TileKernel& kernel, std::size_t depth, Range rows,
              Range columns) {
  std::array<TileHit, kTileRows * kTileColumns> hits;
  for (std::size_t column = columns.begin; column < columns.end; column += kTileColumns) {
    const float* column_limits =
        task.column_candidates != nullptr ? task.column_candidates->limits() + column : no_limits();
    TileInput input;
    input.columns = side_at(task.columns, column, column_limits);
    input.panel_count = std::min(kTilePanels, (columns.end - column) / kPanelRows);
    input.panel_bytes = task.columns.packed->panel_bytes;
    input.depth = depth;
    for (std::size_t row = rows.begin; row < rows.end; row += kTileRows) {
      input.rows = side_at(task.rows, row, task.row_candidates.limits() + row);
      input.first_lane = row % kPanelRows;
      const std::size_t count = kernel.run(input, hits.data());
      if (count != 0) offer_hits(task, hits.data(), count, row, column);
    }
  }
}

}  // namespace clipcluster::neighbors
