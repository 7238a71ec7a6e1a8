#include "reduce/tsne/repulsion.h"

#include "reduce/tsne/tree.h"

namespace clipcluster::tsne {
namespace {

// Up to here a thousand iterations over the tree take seconds, and end at a lower divergence than over the
// grid, whose more exact forces let a layout unfold more slowly (bench/results.md).
constexpr std::size_t kMostPointsOfTree = 50'000;

}  // namespace

double Repulsion::forces(MatrixView<const float> places, MatrixF& forces) {
  const bool many = places.rows() > kMostPointsOfTree;
  const bool grid = places.cols() == 2 &&
                    (method_ == TsneMethod::interpolation || (method_ == TsneMethod::automatic && many));
  if (grid && grid_.prepare(places)) return grid_.forces(places, forces);
  return Tree(places).forces(grid ? angle_without_grid(places.rows()) : angle_, forces);
}

}  // namespace clipcluster::tsne
