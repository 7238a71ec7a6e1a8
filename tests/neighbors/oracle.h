// Neighbours by definition, in double, and points to try them on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"

namespace clipcluster::testing {

// The distance between two rows as neighbors.h defines it, in double.
double distance_in_double(const float* x, const float* y, std::size_t size, Metric metric);

// Standard normal numbers, times `spread`, plus `offset`.
MatrixF normal_points(std::size_t n, std::size_t d, std::uint64_t seed, float spread = 1.0F,
                      float offset = 0.0F);

// Like CLIP embeddings: a few clusters within a cone, noise on top. Not normalised.
MatrixF cone_points(std::size_t n, std::size_t d, std::uint64_t seed);

// Checks a list of `queries` against all of `points`: order, ties, every distance right, and nobody left
// out who is nearer than the last one by more than rounding. If self, row i is points' row i and must
// come first.
void expect_nearest(MatrixView<const float> points, MatrixView<const float> queries, Metric metric,
                    std::size_t k, bool self, const NeighborLists& lists, double tolerance = 2e-6);

// Equal to the last bit.
void expect_same_lists(const NeighborLists& a, const NeighborLists& b);

}  // namespace clipcluster::testing
