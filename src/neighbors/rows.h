// Points as the search sees them: rows with a scale each, and the one exact distance between two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/status.h"
#include "neighbors/kernels/row_kernels.h"

namespace clipcluster::neighbors {

// What a row is multiplied by: 1 for euclidean; for cosine 1 / |x|, or 0 for a zero vector (a norm
// below 2^-126 counts as zero). Negative when the row is not finite.
float row_scale(const float* row, std::size_t size, Metric metric, const RowKernels& kernels);

// invalid_argument, naming the first row that is not finite. `what` is "points" or "queries".
Result<std::vector<float>> row_scales(MatrixView<const float> rows, Metric metric, const char* what);

// Everything is ordered by this key: half the squared distance of the scaled rows, which for unit
// rows is the cosine distance. It depends on the two rows only and is 0 for equal ones.
float exact_key(const float* x, float x_scale, const float* y, float y_scale, std::size_t size,
                const RowKernels& kernels);

// From key to the distance that is reported.
float key_to_distance(float key, Metric metric);

struct Neighbor {
  float distance;
  std::int32_t index;
  friend bool operator<(const Neighbor& a, const Neighbor& b) {
    return a.distance < b.distance || (a.distance == b.distance && a.index < b.index);
  }
};

// The k first in order of everything offered.
class NearestHeap {
 public:
  explicit NearestHeap(std::size_t k) : k_(k) { heap_.reserve(k); }
  bool full() const { return heap_.size() == k_; }
  // Of the last kept neighbour; only when full.
  const Neighbor& worst() const { return heap_.front(); }
  void offer(Neighbor neighbor);
  void clear() { heap_.clear(); }
  // Nearest first; the heap is empty afterwards.
  void take_sorted(std::int32_t* indices, float* distances);

 private:
  std::size_t k_;
  std::vector<Neighbor> heap_;
};

}  // namespace clipcluster::neighbors
