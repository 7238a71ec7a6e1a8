// The repulsive forces, by whichever method fits the layout.
#pragma once

#include "clipcluster/matrix.h"
#include "clipcluster/tsne.h"
#include "reduce/tsne/grid.h"

namespace clipcluster::tsne {

// The tree takes over from the grid where a layout spreads too far for one or has few points.
class Repulsion {
 public:
  Repulsion(TsneMethod method, double angle) : method_(method), angle_(static_cast<float>(angle)) {}

  // forces [n, dimensions]: sum over j of q^2 (y_i - y_j); returns the sum of q, as GridRepulsion.
  double forces(MatrixView<const float> places, MatrixF& forces);

 private:
  TsneMethod method_;
  float angle_;
  GridRepulsion grid_;
};

}  // namespace clipcluster::tsne
