// The fuzzy simplicial set: a symmetric weighted graph (McInnes et al. 2018, section 3.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/neighbors.h"
#include "reduce/umap/smooth_distances.h"

namespace clipcluster::umap {

// Compressed rows; row i is [offsets[i], offsets[i + 1]), targets ascending, no loops, weights > 0.
// Symmetric: (i, j) and (j, i) hold the same bits.
struct FuzzyGraph {
  std::vector<std::size_t> offsets;
  std::vector<std::int32_t> targets;
  std::vector<float> weights;

  std::size_t vertices() const { return offsets.size() - 1; }
  float largest_weight() const;
};

// exp(-(distance - rho) / sigma), and 1 up to rho.
float membership_strength(float distance, SmoothDistance smooth);

// From neighbour lists that hold each point itself first. Neighbours at `disconnection_distance` or
// beyond, and indices below 0, are no neighbours. Strengths a of (i, j) and b of (j, i) become
// mix (a + b - ab) + (1 - mix) ab.
FuzzyGraph fuzzy_graph(MatrixView<const std::int32_t> indices, MatrixView<const float> distances,
                       double local_connectivity, double mix, float disconnection_distance);

// Without the edges that the layout would sample less than once: weight < largest / epochs.
FuzzyGraph without_weak_edges(const FuzzyGraph& graph, int epochs);

// From which distance on two points are not connected at all: 2 for cosine, infinite for euclidean.
float disconnection_distance(Metric metric);

}  // namespace clipcluster::umap
