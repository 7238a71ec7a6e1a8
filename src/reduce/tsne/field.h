// What the fixed training points do to one new point.
#pragma once

#include <optional>

#include "clipcluster/matrix.h"
#include "reduce/tsne/grid.h"
#include "reduce/tsne/tree.h"

namespace clipcluster::tsne {

class Field {
 public:
  // embedding: [n, 2 or 3]; not kept.
  explicit Field(MatrixView<const float> embedding);

  // The sum of q over the training points, and of q^2 (y - y_j) into force [dimensions].
  double at(const float* place, float* force) const;

 private:
  std::optional<PotentialGrid> grid_;
  std::optional<Tree> tree_;  // in three dimensions, and where a layout spreads too far for a grid
};

}  // namespace clipcluster::tsne
