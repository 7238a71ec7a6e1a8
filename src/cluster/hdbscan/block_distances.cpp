#include "cluster/hdbscan/block_distances.h"

#include <algorithm>

#include "clipcluster/cpu.h"

namespace clipcluster::hdbscan {

std::uint32_t block_distances_scalar(const double* query, const double* block, std::size_t dims,
                                     double limit, double* out) {
  double sums[kBlockSize] = {};
  for (std::size_t d = 0; d < dims; ++d) {
    const double* row = block + d * kBlockSize;
    for (std::size_t i = 0; i < kBlockSize; ++i) {
      const double difference = row[i] - query[d];
      sums[i] += difference * difference;
    }
  }
  std::uint32_t within = 0;
  for (std::size_t i = 0; i < kBlockSize; ++i) {
    out[i] = sums[i];
    within |= static_cast<std::uint32_t>(sums[i] <= limit) << i;
  }
  return within;
}

void point_box_distances_scalar(const double* low, const double* high, const double* block,
                                std::size_t dims, double* out) {
  std::fill_n(out, kBlockSize, 0.0);
  for (std::size_t d = 0; d < dims; ++d) {
    const double* row = block + d * kBlockSize;
    for (std::size_t i = 0; i < kBlockSize; ++i) {
      const double gap = std::max(0.0, std::max(low[d] - row[i], row[i] - high[d]));
      out[i] += gap * gap;
    }
  }
}

void box_distances_scalar(const double* low, const double* high, const double* boxes, std::size_t dims,
                          double* out) {
  std::fill_n(out, kBoxesInGroup, 0.0);
  for (std::size_t d = 0; d < dims; ++d) {
    const double* box_low = boxes + d * 2 * kBoxesInGroup;
    const double* box_high = box_low + kBoxesInGroup;
    for (std::size_t i = 0; i < kBoxesInGroup; ++i) {
      const double gap = std::max(0.0, std::max(box_low[i] - high[d], low[d] - box_high[i]));
      out[i] += gap * gap;
    }
  }
}

std::uint32_t points_near_box_scalar(const double* low, const double* high, const double* block,
                                     std::size_t dims, const double* limits) {
  double sums[kBlockSize];
  point_box_distances_scalar(low, high, block, dims, sums);
  std::uint32_t near = 0;
  for (std::size_t i = 0; i < kBlockSize; ++i) {
    near |= static_cast<std::uint32_t>(sums[i] < limits[i]) << i;
  }
  return near;
}

BlockKernels block_kernels() {
#if CLIPCLUSTER_SIMD
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return {block_distances_avx512, points_near_box_avx512, point_box_distances_avx512,
              box_distances_avx512};
    case InstructionSet::avx2:
      return {block_distances_avx2, points_near_box_avx2, point_box_distances_avx2, box_distances_avx2};
    case InstructionSet::scalar:
      break;
  }
#endif
  return {block_distances_scalar, points_near_box_scalar, point_box_distances_scalar, box_distances_scalar};
}

}  // namespace clipcluster::hdbscan
