// Cells of a partition: every row belongs to the nearest of the cells' centres (Lloyd's k-means).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"

namespace clipcluster::neighbors {

struct CellCentres {
  SharedMatrix<float> panels;      // [padded count / 16, 16 size], as the dot kernels read them
  SharedMatrix<float> half_norms;  // [1, padded count]; infinite beyond the last cell

  std::size_t padded() const { return half_norms.cols(); }
  std::size_t size() const { return panels.cols() / 16; }
  // keys: [count, padded()], half a squared distance less |row|^2 / 2, which does not depend on the cell.
  void keys(const float* rows, std::size_t count, float* keys) const;
};

CellCentres pack_centres(MatrixView<const float> centres);

// The nearest cell of each row, the first among equals.
std::vector<std::uint32_t> nearest_cells(const CellCentres& centres, MatrixView<const float> rows);

// Centres of `count` cells, fewer when rows are few or equal: [cells, columns].
MatrixF train_cells(MatrixView<const float> rows, std::size_t count, std::uint64_t seed);

// Without the cells that hold fewer than `fewest` rows; at least one stays.
MatrixF without_small_cells(MatrixView<const float> centres, const std::vector<std::uint32_t>& sizes,
                            std::uint32_t fewest);

}  // namespace clipcluster::neighbors
