// Prim's algorithm, a block of 16 points at a time.
#include <algorithm>
#include <cstdint>

#include "clipcluster/parallel.h"
#include "cluster/hdbscan/block_distances.h"
#include "cluster/hdbscan_prim.h"

namespace clipcluster::testing {
namespace {

using namespace hdbscan;  // NOLINT

// A step is short; waking a thread must be worth it: some 10 microseconds of work a chunk.
constexpr std::size_t kValuesPerChunk = 65536;

// The best edge from the tree so far to one point outside.
struct Reach {
  RankedEdge edge;
  std::size_t position = 0;
};

class Prim {
 public:
  Prim(const KdTree& tree, const CoreDistances& cores)
      : tree_(tree),
        cores_(cores),
        measure_(block_kernels().distances),
        best_(tree.size()),
        inside_(tree.size(), 0),
        blocks_per_chunk_(std::max<std::size_t>(1, kValuesPerChunk / (kBlockSize * tree.dims()))),
        chunk_best_((tree.block_count() + blocks_per_chunk_ - 1) / blocks_per_chunk_),
        point_(tree.dims()) {
    enter(0);
  }

  // Adds the nearest outside point; its edge.
  RankedEdge step() {
    parallel_for(tree_.block_count(), blocks_per_chunk_, [&](std::size_t begin, std::size_t end) {
      Reach nearest;
      for (std::size_t block = begin; block < end; ++block) relax(block, nearest);
      chunk_best_[begin / blocks_per_chunk_] = nearest;
    });
    Reach nearest = chunk_best_[0];
    for (const Reach& reach : chunk_best_) {
      if (reach.edge < nearest.edge) nearest = reach;
    }
    enter(nearest.position);
    return nearest.edge;
  }

 private:
  void enter(std::size_t position) {
    newest_ = position;
    inside_[position] = 1;
    tree_.copy_point(position, point_.data());
  }

  void relax(std::size_t block, Reach& nearest) {
    double distances[kBlockSize];
    measure_(point_.data(), tree_.block(block), tree_.dims(), 0.0, distances);
    const double core = cores_.squared[newest_];
    for (std::size_t j = 0; j < tree_.block_size(block); ++j) {
      const std::size_t position = block * kBlockSize + j;
      if (inside_[position] != 0) continue;
      const double weight = std::max({distances[j], core, cores_.squared[position]});
      RankedEdge& best = best_[position];
      if (weight <= best.weight) {
        const RankedEdge edge = ranked_edge(weight, distances[j], tree_.id(newest_), tree_.id(position));
        if (edge < best) best = edge;
      }
      if (best < nearest.edge) nearest = {best, position};
    }
  }

  const KdTree& tree_;
  const CoreDistances& cores_;
  BlockDistances measure_;
  std::vector<RankedEdge> best_;
  std::vector<std::uint8_t> inside_;
  std::size_t blocks_per_chunk_;
  std::vector<Reach> chunk_best_;
  std::vector<double> point_;
  std::size_t newest_ = 0;
};

}  // namespace

std::vector<RankedEdge> prim_spanning_tree(const KdTree& tree, const CoreDistances& cores) {
  std::vector<RankedEdge> edges;
  Prim prim(tree, cores);
  while (edges.size() + 1 < tree.size()) edges.push_back(prim.step());
  std::sort(edges.begin(), edges.end());
  return edges;
}

}  // namespace clipcluster::testing
