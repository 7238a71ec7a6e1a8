// For every row of a search, the points that may still be among its k nearest.
//
// A candidate is an index with a lower bound of its exact key (bounds.h). A row's limit is an upper
// bound of its k-th smallest key: a point whose lower bound exceeds the limit is not among the k
// nearest, whatever else comes. So the final answer is exact, and because neighbours are totally
// ordered by (distance, index) it does not depend on the order in which points were offered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "neighbors/bounds.h"
#include "neighbors/rows.h"

namespace clipcluster::neighbors {

// One side of a search: the rows as given, and what the bounds say of them.
struct SearchSide {
  MatrixView<const float> rows;
  const std::vector<float>* scales;
  const PackedPoints* packed;
  const RowBounds* bounds;
};

class Candidates {
 public:
  // Finds k >= 1 of columns.rows for every row of rows.rows.
  Candidates(const SearchSide& rows, const SearchSide& columns, Metric metric, std::size_t k);

  // One for each padded row, for the tile kernels.
  const float* limits() const { return limits_.data(); }

  // Rows may be offered to by one thread at a time.
  void offer(std::size_t row, float bound, std::int32_t column) {
    if (bound > limits_[row] || column > last_useful_[row]) return;
    if (counts_[row] == capacity_) {
      tighten(row);
      if (bound > limits_[row] || column > last_useful_[row]) return;
    }
    const std::size_t place = row * capacity_ + counts_[row]++;
    bounds_.data()[place] = bound;
    columns_.data()[place] = column;
  }

  // The k nearest of what was offered, which must be at least k points.
  void finish(std::size_t row, std::int32_t* indices, float* distances) const;

 private:
  Neighbor exact(std::size_t row, std::int32_t column) const;
  float exact_key_of(std::size_t row, std::int32_t column) const;
  float limit_above(float key) const;
  void tighten(std::size_t row);
  void lower_limit_by_bounds(std::size_t row);
  void keep_nearest(std::size_t row);

  SearchSide rows_;
  SearchSide columns_side_;
  Metric metric_;
  RowKernels kernels_;
  std::size_t k_;
  std::size_t capacity_;
  std::vector<float> limits_;
  std::vector<std::int32_t> last_useful_;  // larger indices cannot be among the nearest any more
  std::vector<std::uint32_t> counts_;
  MatrixF bounds_;   // [rows, capacity]
  MatrixI columns_;  // [rows, capacity]
};

}  // namespace clipcluster::neighbors
