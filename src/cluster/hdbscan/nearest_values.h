// The k smallest of many distances, for large k: only their values matter, not whose they are, so
// vector instructions can collect and part them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clipcluster::hdbscan {

// Measures a block as block_distances does (out: [16]) and appends the distances that are below
// limits.far, and whose bit in `valid` is set, to `collected`, which has room for 16 more.
struct NearLimits {
  double far = 0.0;
  double near = 0.0;
};
struct Collected {
  std::size_t count = 0;   // appended
  std::uint32_t near = 0;  // a bit for each of the valid ones below limits.near
};
using CollectNear = Collected (*)(const double* query, const double* block, std::size_t dims,
                                  std::uint32_t valid, NearLimits limits, double* out, double* collected);

// Moves the values below the pivot to the front, in order, and writes those above it to `greater`
// ([count + 8]). What lies behind the front afterwards is undefined.
struct Parts {
  std::size_t less = 0;
  std::size_t greater = 0;
};
using PartValues = Parts (*)(double* values, std::size_t count, double pivot, double* greater);

struct NearestKernels {
  CollectNear collect;
  PartValues part;
};
NearestKernels nearest_kernels();

Collected collect_near_scalar(const double* query, const double* block, std::size_t dims,
                              std::uint32_t valid, NearLimits limits, double* out, double* collected);
Collected collect_near_avx2(const double* query, const double* block, std::size_t dims, std::uint32_t valid,
                            NearLimits limits, double* out, double* collected);
Collected collect_near_avx512(const double* query, const double* block, std::size_t dims,
                              std::uint32_t valid, NearLimits limits, double* out, double* collected);
Parts part_values_scalar(double* values, std::size_t count, double pivot, double* greater);
Parts part_values_avx2(double* values, std::size_t count, double pivot, double* greater);
Parts part_values_avx512(double* values, std::size_t count, double pivot, double* greater);

// Leaves the k smallest of values[0, count) in values[0, k), in no order, and returns the greatest
// of them. Quickselect (Hoare 1961). 1 <= k <= count; greater: [count + 8]. No NaN.
double keep_smallest(double* values, std::size_t count, std::size_t k, double* greater, PartValues part);

}  // namespace clipcluster::hdbscan
