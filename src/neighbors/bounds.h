// How far a product of packed rows can be from the exact key of the two rows, proved.
//
// Let z be a scaled and centred row in f32 and N = |z|; u = 2^-24. For a pair (i, j):
//  - the packed rows differ from z by at most residual * N each, and the kernel sums `depth` products
//    in f32 in some order, so by Cauchy-Schwarz the computed product is within
//        c N_i N_j,   c = (1 + r_i)(1 + r_j)(1 + gamma) - 1,   gamma = 1.05 (depth + 2) u
//    of z_i.z_j (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1);
//  - centring rounds each element of z once, which moves half the squared distance by at most
//    u (N_i + N_j)^2 <= 2 u (N_i^2 + N_j^2);
//  - the exact key itself is a float sum with a relative error below (d / 32 + 12) u, of a value that is
//    at most N_i^2 + N_j^2; and the handful of operations that form the bound round as well.
// The last two together stay below s (N_i^2 + N_j^2) / 2 with s = 1.1 (d / 16 + 64) u. `slack` covers
// products that underflow. Hence, with  errors = sqrt(c) N  and  half_norms = (1 - s) N^2 / 2 - slack:
//     bound <= key <= bound + width,
//     bound = half_norms_i + half_norms_j - (product + errors_i errors_j),
//     width = 2 (errors_i errors_j + s (N_i^2 + N_j^2) / 2 + 2 slack).
#pragma once

#include <cstddef>
#include <vector>

#include "neighbors/packed_points.h"

namespace clipcluster::neighbors {

struct ErrorModel {
  double relative = 0.0;       // c
  double per_half_norm = 0.0;  // s
  static constexpr double slack = 0x1p-100;
};

ErrorModel error_model(const PackedPoints& a, const PackedPoints& b, const Packing& packing);

struct RowBounds {
  std::vector<float> half_norms;
  std::vector<float> errors;
  std::vector<float> spread;  // s N^2 / 2 + slack
};

RowBounds row_bounds(const PackedPoints& points, const ErrorModel& model);

// Whether all squares are so far from overflow that the bounds hold.
bool bounds_hold(const PackedPoints& points);

}  // namespace clipcluster::neighbors
