#include "reduce/tsne/repulsion.h"

#include "reduce/tsne/tree.h"

namespace clipcluster::tsne {

double Repulsion::forces(MatrixView<const float> places, MatrixF& forces) {
  const bool grid = method_ != TsneMethod::barnes_hut && places.cols() == 2;
  if (grid && grid_.prepare(places)) return grid_.forces(places, forces);
  return Tree(places).forces(grid ? angle_without_grid(places.rows()) : angle_, forces);
}

}  // namespace clipcluster::tsne
