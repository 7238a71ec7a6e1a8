#include "neighbors/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "clipcluster/parallel.h"

namespace clipcluster::neighbors {

float row_scale(const float* row, std::size_t size, Metric metric, const RowKernels& kernels) {
  const double squares = kernels.sum_of_squares(row, size);
  if (!std::isfinite(squares)) return -1.0F;
  if (metric == Metric::euclidean) return 1.0F;
  const double norm = std::sqrt(squares);
  return norm < 0x1p-126 ? 0.0F : static_cast<float>(1.0 / norm);
}

Result<std::vector<float>> row_scales(MatrixView<const float> rows, Metric metric, const char* what) {
  std::vector<float> scales(rows.rows());
  const RowKernels kernels = row_kernels();
  parallel_for(rows.rows(), 1024, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      scales[i] = row_scale(rows.row(i), rows.cols(), metric, kernels);
    }
  });
  const auto bad = std::find(scales.begin(), scales.end(), -1.0F);
  if (bad == scales.end()) return scales;
  return Status::invalid_argument(
      fmt::format("row {} of the {} contains NaN or infinity: remove that row or replace the value",
                  bad - scales.begin(), what));
}

float exact_key(const float* x, float x_scale, const float* y, float y_scale, std::size_t size,
                const RowKernels& kernels) {
  if ((x_scale == 0.0F) != (y_scale == 0.0F)) return 1.0F;
  return kernels.half_squared_distance(x, x_scale, y, y_scale, size);
}

float key_to_distance(float key, Metric metric) {
  return metric == Metric::cosine ? std::min(key, 2.0F) : std::sqrt(2.0F * key);
}

void NearestHeap::offer(Neighbor neighbor) {
  if (full()) {
    if (!(neighbor < heap_.front())) return;
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.back() = neighbor;
  } else {
    heap_.push_back(neighbor);
  }
  std::push_heap(heap_.begin(), heap_.end());
}

void NearestHeap::take_sorted(std::int32_t* indices, float* distances) {
  std::sort(heap_.begin(), heap_.end());
  for (std::size_t i = 0; i < heap_.size(); ++i) {
    indices[i] = heap_[i].index;
    distances[i] = heap_[i].distance;
  }
  heap_.clear();
}

}  // namespace clipcluster::neighbors
