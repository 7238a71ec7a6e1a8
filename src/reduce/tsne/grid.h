// Repulsion in two dimensions through a grid. The potential of all points, sum over j of
// 1 / (1 + |y - y_j|^2), is a convolution; its gradient is -2 times the repulsive force, so one
// convolution gives both the force and the normalisation, where Linderman et al. 2019 take four. Points
// are spread to the grid and the potential is read off it with cubic B-splines whose smoothing is
// undone in the spectrum (as in smooth particle mesh Ewald, Essmann et al. 1995).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "clipcluster/matrix.h"
#include "reduce/tsne/convolution.h"

namespace clipcluster::tsne {

// Distance of the nodes, in units of the layout, where the function falls to a half at distance 1.
// A third keeps the force within 0.3 % (root mean square) of the exact one (docs/tsne.md).
constexpr float kSpacing = 1.0F / 3.0F;

struct Potential {
  float value;
  float slope[2];
};

// Coefficients of the potential; node (i, j) is at ((base[0] + j) * kSpacing, (base[1] + i) * kSpacing).
struct PotentialGrid {
  MatrixF coefficients;
  std::int32_t base[2] = {0, 0};

  // Outside the grid, where no point is near, a value of 1 and no slope.
  Potential at(const float* place) const;
};

class GridRepulsion {
 public:
  // places: [n, 2]. False when they spread too far for a grid, or are so few that all pairs cost less.
  bool prepare(MatrixView<const float> places);
  // forces [n, 2]: sum over j of q^2 (y_i - y_j), q = 1 / (1 + |y_i - y_j|^2). Returns the sum of q over
  // all ordered pairs i != j. After a prepare() of the same places.
  double forces(MatrixView<const float> places, MatrixF& forces) const;
  PotentialGrid potential() && { return std::move(grid_); }

 private:
  void spread(MatrixView<const float> places);
  void sort_by_row(MatrixView<const float> places);

  Convolution convolution_;
  PotentialGrid grid_;
  std::vector<std::uint32_t> order_;      // points by row of the grid, then by number
  std::vector<std::uint32_t> row_begin_;  // [rows + 1]
};

}  // namespace clipcluster::tsne
