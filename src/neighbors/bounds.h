// How far a product of packed rows can be from the exact key of the two rows, proved.
//
// Let z be a scaled and centred row in f32 and N = |z|; u = 2^-24. A is the packing's rotation with
// |A A' - I| <= D (A = I, D = 0 without one). For a pair (i, j), and the coordinates up to the end of a
// stage:
//  - the packed rows differ from A z by at most residual * N each, and the kernel sums `depth` products
//    in f32 in some order, so by Cauchy-Schwarz the computed product is within
//        c N_i N_j,   c = (1 + D + r_i)(1 + D + r_j)(1 + gamma) - 1 + D,   gamma = 1.05 (depth + 2) u
//    of what these coordinates add to z_i.z_j (Higham, Accuracy and Stability of Numerical Algorithms,
//    section 3.1); the last D is for A not being exactly orthogonal;
//  - the other coordinates add at most t_i t_j, where t = tail + residual * N bounds the norm of A z there.
//    And c N_i N_j + t_i t_j <= e_i e_j with e = sqrt(c N^2 + t^2);
//  - centring rounds each element of z once, which moves half the squared distance by at most
//    u (N_i + N_j)^2 <= 2 u (N_i^2 + N_j^2);
//  - the exact key itself is a float sum with a relative error below (d / 32 + 12) u, of a value that is
//    at most N_i^2 + N_j^2; and the handful of operations that form the bound round as well;
//  - a kernel may start its sum at the half norms instead of 0: gamma (N_i^2 + N_j^2) / 2 more.
// The last three together stay below s (N_i^2 + N_j^2) / 2 with s = 1.1 (17 depth / 16 + 68) u. `slack`
// covers products that underflow. Hence, with  errors = e  and  half_norms = (1 - s) N^2 / 2 - slack:
//     bound <= key,   bound = half_norms_i + half_norms_j - (product + errors_i errors_j),
// after every stage, and after the last one (t = 0) also
//     key <= bound + width,   width = 2 (errors_i errors_j + s (N_i^2 + N_j^2) / 2 + 2 slack).
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
  std::vector<std::vector<float>> stage_errors;  // for each stage but the last
  std::vector<float> errors;                     // after the last stage
  std::vector<float> spread;                     // s N^2 / 2 + slack, which is at most
  float spread_per_square = 0.0F;                // this times the square of errors, + slack

  const std::vector<float>& errors_after(std::size_t stage) const {
    return stage < stage_errors.size() ? stage_errors[stage] : errors;
  }
};

RowBounds row_bounds(const PackedPoints& points, const ErrorModel& model);

// Whether all squares are so far from overflow that the bounds hold.
bool bounds_hold(const PackedPoints& points);

}  // namespace clipcluster::neighbors
