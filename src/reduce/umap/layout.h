// The layout: stochastic gradient descent on the cross entropy between the fuzzy graph and the one
// that the positions imply (McInnes et al. 2018, section 3.2), seeded, parallel, and the same bytes
// at any thread count.
//
// umap-learn goes through all edges in order and moves both ends at once; two threads doing so race.
// Here every vertex gathers: in an epoch it goes through its own edges that are due, is attracted
// twice by each (once for either direction of the edge) and repelled by its negative samples, each
// move starting from where the last one left it. It sees the others where they were when the epoch
// began, except that an edge's second attraction takes the other end to have answered the first: else
// two neighbours that pull each other would swap places for ever. So vertices are independent within
// an epoch, and threads and vector lanes may take them in any order.
#pragma once

#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "clipcluster/umap.h"
#include "reduce/umap/curve.h"
#include "reduce/umap/fuzzy_graph.h"
#include "reduce/umap/layout_kernel.h"

namespace clipcluster::umap {

// What a layout needs to know beside the graph.
struct LayoutOptions {
  Curve curve;
  double repulsion_strength = 1.0;
  double learning_rate = 1.0;
  std::uint32_t negative_sample_rate = 5;
  std::uint32_t epochs = 200;
  std::uint64_t seed = 42;
};

// The learning rate falls linearly to (almost) 0.
Forces forces_in_epoch(const LayoutOptions& options, std::uint32_t epoch);

// Moves `positions` [n, dim] through all epochs. Cancelled: the positions are somewhere in between.
Status optimise_layout(const FuzzyGraph& graph, const LayoutOptions& options, MatrixF& positions,
                       Progress& progress);

// New points among fixed ones: row i of positions [m, dim] is attracted by the `fixed` rows
// targets[i * k ..] with strengths[i * k ..] (0: none) and repelled by random ones. Rows do not know
// of each other, and the random numbers are the same for all, so that like rows end up alike.
Status settle_rows(MatrixView<const float> fixed, MatrixView<const std::int32_t> targets,
                   MatrixView<const float> strengths, const LayoutOptions& options, MatrixF& positions,
                   Progress& progress);

}  // namespace clipcluster::umap
