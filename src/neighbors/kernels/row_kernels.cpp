#include "neighbors/kernels/row_kernels.h"

#include "clipcluster/cpu.h"

namespace clipcluster::neighbors {
namespace {

// lanes[0] becomes the sum of all: the upper half is added to the lower, until one is left.
template <class T, std::size_t lane_count>
T sum_by_halving(T (&lanes)[lane_count]) {
  for (std::size_t half = lane_count / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

double sum_of_squares(const float* x, std::size_t size) {
  constexpr std::size_t kLanes = 16;
  double lanes[kLanes] = {};
  const auto add = [&](std::size_t i, std::size_t lane) {
    const auto value = static_cast<double>(x[i]);
    lanes[lane] += value * value;
  };
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) add(i + lane, lane);
  }
  for (std::size_t lane = 0; i + lane < size; ++lane) add(i + lane, lane);
  return sum_by_halving(lanes);
}

float half_squared_distance(const float* x, float x_scale, const float* y, float y_scale,
                            std::size_t size) {
  constexpr std::size_t kLanes = 32;
  float lanes[kLanes] = {};
  const auto add = [&](std::size_t i, std::size_t lane) {
    const float difference = x[i] * x_scale - y[i] * y_scale;
    lanes[lane] += difference * difference;
  };
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) add(i + lane, lane);
  }
  for (std::size_t lane = 0; i + lane < size; ++lane) add(i + lane, lane);
  return 0.5F * sum_by_halving(lanes);
}

}  // namespace

RowKernels row_kernels_scalar() { return {sum_of_squares, half_squared_distance}; }

RowKernels row_kernels() {
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return row_kernels_avx512();
  if (instruction_set() == InstructionSet::avx2) return row_kernels_avx2();
#endif
  return row_kernels_scalar();
}

}  // namespace clipcluster::neighbors
