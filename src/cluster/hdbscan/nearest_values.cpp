#include "cluster/hdbscan/nearest_values.h"

#include <algorithm>

#include "clipcluster/cpu.h"
#include "cluster/hdbscan/block_distances.h"

namespace clipcluster::hdbscan {
namespace {

double median_of_three(double a, double b, double c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

// The median of three medians, of values spread evenly.
double choose_pivot(const double* values, std::size_t count) {
  const std::size_t step = count / 9;
  const auto at = [&](std::size_t i) { return values[i * step + step / 2]; };
  return median_of_three(median_of_three(at(0), at(1), at(2)), median_of_three(at(3), at(4), at(5)),
                         median_of_three(at(6), at(7), at(8)));
}

// Below this the standard library's selection is as fast.
constexpr std::size_t kFewValues = 24;

}  // namespace

Collected collect_near_scalar(const double* query, const double* block, std::size_t dims,
                              std::uint32_t valid, NearLimits limits, double* out, double* collected) {
  block_distances_scalar(query, block, dims, limits.far, out);
  Collected result;
  for (std::size_t i = 0; i < kBlockSize; ++i) {
    collected[result.count] = out[i];
    const std::uint32_t is_valid = valid >> i & 1U;
    result.count += is_valid & static_cast<std::uint32_t>(out[i] < limits.far);
    result.near |= (is_valid & static_cast<std::uint32_t>(out[i] < limits.near)) << i;
  }
  return result;
}

Parts part_values_scalar(double* values, std::size_t count, double pivot, double* greater) {
  Parts parts;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = values[i];
    values[parts.less] = value;
    parts.less += value < pivot ? 1 : 0;
    greater[parts.greater] = value;
    parts.greater += value > pivot ? 1 : 0;
  }
  return parts;
}

double keep_smallest(double* values, std::size_t count, std::size_t k, double* greater, PartValues part) {
  while (count > kFewValues) {
    const double pivot = choose_pivot(values, count);
    const Parts parts = part(values, count, pivot, greater);
    const std::size_t not_greater = count - parts.greater;
    if (k > parts.less) std::fill(values + parts.less, values + std::min(k, not_greater), pivot);
    if (k > parts.less && k <= not_greater) return pivot;
    if (k <= parts.less) {
      count = parts.less;
      continue;
    }
    values += not_greater;
    k -= not_greater;
    count = parts.greater;
    std::copy_n(greater, count, values);
  }
  std::nth_element(values, values + (k - 1), values + count);
  return values[k - 1];
}

NearestKernels nearest_kernels() {
#if CLIPCLUSTER_SIMD
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return {collect_near_avx512, part_values_avx512};
    case InstructionSet::avx2:
      return {collect_near_avx2, part_values_avx2};
    case InstructionSet::scalar:
      break;
  }
#endif
  return {collect_near_scalar, part_values_scalar};
}

}  // namespace clipcluster::hdbscan
