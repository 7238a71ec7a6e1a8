// One tile: a range of rows against a range of columns.
#pragma once

#include <cstddef>

#include "neighbors/candidates.h"
#include "neighbors/kernels/tile_kernels.h"

namespace clipcluster::neighbors {

// Multiples of kPanelRows, except that end may be the number of padded rows.
struct Range {
  std::size_t begin;
  std::size_t end;
};

// Offers the columns to the rows, and the rows to the columns if column_candidates is given. With
// skip_equal_indices a row is not offered to itself.
struct TileTask {
  const SearchSide& rows;
  const SearchSide& columns;
  Candidates& row_candidates;
  Candidates* column_candidates;
  bool skip_equal_indices;
};

void run_tile(const TileTask& task, const TileKernel& kernel, Range rows, Range columns);

}  // namespace clipcluster::neighbors
