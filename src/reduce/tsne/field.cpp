#include "reduce/tsne/field.h"

#include <algorithm>

namespace clipcluster::tsne {
Field::Field(MatrixView<const float> embedding) {
  GridRepulsion repulsion;
  if (embedding.cols() == 2 && repulsion.prepare(embedding)) {
    grid_ = std::move(repulsion).potential();
  } else {
    tree_.emplace(embedding);
  }
}

double Field::at(const float* place, float* force) const {
  if (tree_) {
    const Tree::Field field = tree_->at(place, angle_without_grid(tree_->points()));
    std::copy_n(field.force, tree_->dimensions(), force);
    return field.value;
  }
  const Potential potential = grid_->at(place);
  force[0] = -0.5F * potential.slope[0];
  force[1] = -0.5F * potential.slope[1];
  return potential.value;
}

}  // namespace clipcluster::tsne
