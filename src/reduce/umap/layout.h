// The layout: stochastic gradient descent on the cross entropy between the fuzzy graph and the one
// that the positions imply (McInnes et al. 2018, section 3.2), seeded, parallel, and the same bytes
// at any thread count.
//
// As in umap-learn, an edge that is due moves both its ends at once, from where the edges before it left
// them. umap-learn takes the edges in the order of the rows, which is a race as soon as there are two
// threads. Here they are taken in an order in which edges that are taken side by side share no vertex
// (edge_colours.h), so that threads and vector lanes do not meet. Negative samples stand where they were
// when the epoch began.
#pragma once

#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "clipcluster/umap.h"
#include "reduce/umap/curve.h"
#include "reduce/umap/edge_colours.h"
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
Status optimise_layout(const ColouredEdges& edges, const LayoutOptions& options, MatrixF& positions,
                       Progress& progress);

// New points among fixed ones: row i of positions [m, dim] is attracted by the `fixed` rows
// targets[i * k ..] with strengths[i * k ..] (0: none) and repelled by random ones. Rows do not know
// of each other, and the random numbers are the same for all, so that like rows end up alike.
Status settle_rows(MatrixView<const float> fixed, MatrixView<const std::int32_t> targets,
                   MatrixView<const float> strengths, const LayoutOptions& options, MatrixF& positions,
                   Progress& progress);

}  // namespace clipcluster::umap
