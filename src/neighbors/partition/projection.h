// Onto the few directions in which points vary most: short vectors whose products are close to those of the
// rows themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "neighbors/tiled_search.h"

namespace clipcluster::neighbors {

struct Projection {
  SharedMatrix<float> centre;  // [1, d], subtracted from scaled rows
  SharedMatrix<float> panels;  // [size / 16, 16 d]: an orthonormal basis as the dot kernels read it

  std::size_t dimensions() const { return centre.cols(); }
  std::size_t size() const { return panels.rows() * 16; }

  // z = row * scale - centre
  void centred(const float* row, float scale, float* z) const;
  // out: [count, size()] of z: [count, d]
  void project(const float* z, std::size_t count, float* out) const;
};

// `sample` are rows of the points; those whose scale is 0 do not count. The basis spans nearly the space of
// the leading principal directions, found by subspace iteration (Halko, Martinsson, Tropp, "Finding
// structure with randomness", 2011, algorithm 4.4); with few columns it is the space itself.
Projection fit_projection(const ScaledRows& points, const std::vector<std::uint32_t>& sample,
                          std::uint64_t seed);

// The scaled, centred rows `numbers` of the points and their projections.
struct ProjectedRows {
  MatrixF rows;                   // [numbers, size]
  std::vector<float> half_norms;  // |z|^2 / 2 of the row before projection
};
ProjectedRows project_rows(const Projection& projection, const ScaledRows& points,
                           const std::vector<std::uint32_t>& numbers);

}  // namespace clipcluster::neighbors
