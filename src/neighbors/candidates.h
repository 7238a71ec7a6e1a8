// For every row of a search, the points that may still be among its k nearest.
//
// A candidate is an index with a lower bound of its exact key (bounds.h). A row's limit is an upper
// bound of its k-th smallest key: a point whose lower bound exceeds the limit is not among the k
// nearest, whatever else comes. So the final answer is exact, and because neighbours are totally
// ordered by (distance, index) it does not depend on the order in which points were offered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "neighbors/bounds.h"
#include "neighbors/kernels/candidate_kernels.h"
#include "neighbors/rows.h"

namespace clipcluster::neighbors {

// One side of a search: the rows as given, and what the bounds say of those that are packed.
struct SearchSide {
  MatrixView<const float> rows;
  const std::vector<float>* scales;
  const PackedPoints* packed;
  const RowBounds* bounds;
  const std::vector<std::int32_t>* order = nullptr;  // the row that each packed one is; if null, the same

  std::size_t id(std::size_t packed_row) const {
    return order == nullptr ? packed_row : static_cast<std::size_t>((*order)[packed_row]);
  }
};

class Candidates {
 public:
  // Finds k >= 1 of the packed columns for every packed row. Rows and columns are named by their place in
  // the packed order, except where it says id; ties go by id.
  Candidates(const SearchSide& rows, const SearchSide& columns, Metric metric, std::size_t k);

  // One for each padded row, for the tile kernels.
  const float* limits() const { return limits_.data(); }

  // Rows may be offered to by one thread at a time.
  void offer(std::size_t row, float bound, std::int32_t column) {
    if (!wants(row, bound, column)) return;
    if (counts_[row] == capacity_) {
      tighten(row);
      if (!wants(row, bound, column)) return;
    }
    const std::size_t place = row * capacity_ + counts_[row]++;
    bounds_.data()[place] = bound;
    columns_.data()[place] = column;
  }

  // The ids of the k nearest of what was offered, which must be at least k points.
  void finish(std::size_t row, std::int32_t* ids, float* distances);

 private:
  struct Measured {
    Neighbor neighbor;
    float key;
    std::int32_t column;
  };
  static constexpr std::int32_t kAnyId = std::numeric_limits<std::int32_t>::max();

  bool wants(std::size_t row, float bound, std::int32_t column) const {
    if (bound > limits_[row]) return false;
    return last_useful_[row] == kAnyId || columns_side_.id(static_cast<std::size_t>(column)) <=
                                              static_cast<std::size_t>(last_useful_[row]);
  }
  float exact_key_of(std::size_t row, std::int32_t column) const;
  float limit_above(float key) const;
  void tighten(std::size_t row);
  void lower_limit_by_bounds(std::size_t row);
  void drop_beyond_limit(std::size_t row);
  void measure(std::size_t row, std::size_t first, std::size_t end);
  const std::vector<Measured>& nearest_of(std::size_t row, std::size_t count) const;
  std::size_t gather_below(std::size_t row, std::size_t first, float limit);
  const std::vector<Measured>& nearest(std::size_t row);
  void keep_nearest(std::size_t row);
  void prefetch(std::int32_t column) const;

  SearchSide rows_;
  SearchSide columns_side_;
  Metric metric_;
  RowKernels row_kernels_;
  CandidateKernels kernels_;
  std::size_t k_;
  std::size_t capacity_;
  std::vector<float> limits_;
  std::vector<std::int32_t> last_useful_;  // larger ids cannot be among the nearest any more
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> exact_counts_;  // the first so many bounds are the exact keys
  MatrixF bounds_;                           // [rows, capacity]
  MatrixI columns_;                          // [rows, capacity]
};

}  // namespace clipcluster::neighbors
