// What a NeighborIndex holds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "neighbors/partition/cells.h"
#include "neighbors/partition/projection.h"

namespace clipcluster {

namespace neighbors {

// Rows in compact form, grouped by cell; a cell begins with a new panel of 16 (scan_kernels.h).
struct CompactRows {
  SharedMatrix<std::int32_t> cell_panels;  // [1, cells + 1]: first panel of each cell
  SharedMatrix<std::uint8_t> codes;        // [panels, 16 size]: 8-bit signed
  SharedMatrix<float> scales;              // [panels, 16]
  SharedMatrix<float> half_norms;          // [panels, 16]; infinite for padding
  SharedMatrix<std::int32_t> numbers;  // [panels, 16]: of the points, ascending in a cell; -1 for padding
};

}  // namespace neighbors

struct NeighborIndex::Parts {
  SharedMatrix<float> points;
  Metric metric = Metric::euclidean;
  bool has_cells = false;
  // What follows is empty without cells.
  neighbors::Projection projection;
  neighbors::CellCentres centres;
  neighbors::CompactRows compact;
  // Of metric cosine, in no cell: their distance to any other row is 1 whatever its direction.
  SharedMatrix<std::int32_t> zero_rows;  // [1, m], ascending
};

}  // namespace clipcluster
