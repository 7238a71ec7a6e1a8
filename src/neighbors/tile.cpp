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

TileSide kernel_side(const SearchSide& side, const float* limits) {
  TileSide result;
  const std::vector<PackedStage>& stages = side.packed->stages;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    result.stages[s] = {stages[s].panels.data(), side.bounds->errors_after(s).data()};
  }
  result.half_norms = side.bounds->half_norms.data();
  result.limits = limits;
  return result;
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

void run_tile(const TileTask& task, const TileKernel& kernel, Range rows, Range columns) {
  std::array<TileHit, kTileRows * kTileColumns> hits;
  TileInput input;
  input.rows = kernel_side(task.rows, task.row_candidates.limits());
  input.row_end = rows.end;
  input.columns = kernel_side(task.columns, nullptr);
  const std::vector<PackedStage>& stages = task.columns.packed->stages;
  input.stage_count = stages.size();
  for (std::size_t s = 0; s < stages.size(); ++s) {
    input.depths[s] = stages[s].depth;
    input.panel_bytes[s] = stages[s].panels.cols();
  }
  for (std::size_t column = columns.begin; column < columns.end; column += kTileColumns) {
    input.first_column = column;
    input.panel_count = std::min(kTilePanels, (columns.end - column) / kPanelRows);
    input.columns.limits =
        task.column_candidates != nullptr ? task.column_candidates->limits() + column : no_limits();
    for (std::size_t row = rows.begin; row < rows.end; row += kTileRows) {
      const std::size_t count = kernel.run(input, row, hits.data());
      if (count != 0) offer_hits(task, hits.data(), count, row, column);
    }
  }
}

}  // namespace clipcluster::neighbors
