// Arithmetic on the candidates of one row. Versions may differ in rounding: that moves a limit, never a
// result.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::neighbors {

// The width of a bound (bounds.h) of a row with a column: error * e + square * e * e + rest, where e is the
// column's error.
struct WidthTerms {
  const float* column_errors;
  float error;
  float square;
  float rest;
};

struct CandidateKernels {
  // upper[c] = bounds[c] + width of columns[c].
  void (*add_widths)(const float* bounds, const std::int32_t* columns, std::size_t count,
                     const WidthTerms& terms, float* upper);
  // A number that at least k (1..count) of the values do not exceed, not much above the least such number
  // or 0. No value is NaN.
  float (*kth_smallest)(const float* values, std::size_t count, std::size_t k);
  // Keeps the pairs whose bound is at most the limit, in their order, and returns how many there are.
  std::size_t (*keep_at_most)(float limit, std::size_t count, float* bounds, std::int32_t* columns);
};

// For the current instruction_set().
CandidateKernels candidate_kernels();

CandidateKernels candidate_kernels_scalar();
CandidateKernels candidate_kernels_avx2();
CandidateKernels candidate_kernels_avx512();

}  // namespace clipcluster::neighbors
