#include "cluster/hdbscan/spanning_tree.h"

namespace clipcluster::hdbscan {

Result<std::vector<RankedEdge>> minimum_spanning_tree(const KdTree& tree, const CoreDistances& cores,
                                                      Progress& progress) {
  Result<std::vector<RankedEdge>> edges = tree.dims() > kMostTreeDimensions
                                              ? prim_spanning_tree(tree, cores, progress)
                                              : boruvka_spanning_tree(tree, cores, progress);
  if (edges.is_ok()) std::sort(edges->begin(), edges->end());
  return edges;
}

}  // namespace clipcluster::hdbscan
