// Arithmetic on one or two rows, in a summation order that is the same for every instruction set, so
// that a distance has the same bits everywhere. No fused multiply-add: a scalar build has none.
#pragma once

#include <cstddef>

namespace clipcluster::neighbors {

struct RowKernels {
  // Sum of x[i]^2 in double: lane l of 16 takes elements l, l + 16, ...; then lanes are halved.
  double (*sum_of_squares)(const float* x, std::size_t size);
  // Half the sum of (x[i] * x_scale - y[i] * y_scale)^2 in float: lane l of 32 takes elements l,
  // l + 32, ...; then lanes are halved. Exactly 0 for equal rows with equal scales.
  float (*half_squared_distance)(const float* x, float x_scale, const float* y, float y_scale,
                                 std::size_t size);
};

// For the current instruction_set().
RowKernels row_kernels();

RowKernels row_kernels_scalar();
RowKernels row_kernels_avx2();
RowKernels row_kernels_avx512();

}  // namespace clipcluster::neighbors
