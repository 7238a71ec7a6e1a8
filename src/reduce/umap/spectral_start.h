// Where the layout starts.
#pragma once

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/umap.h"
#include "reduce/umap/fuzzy_graph.h"

namespace clipcluster::umap {

// [n, n_components], each axis scaled to 0..10. Spectral: Laplacian eigenvectors, with noise of
// N(0, 1e-4) at scale 10; a graph in several pieces has each piece embedded alone around a place of
// its own, as umap-learn's multi_component_layout does. Random (also where the eigenvectors fail, or
// n <= n_components + 1): uniform. `points` [n, d] serve the places of many pieces only.
MatrixF start_positions(const FuzzyGraph& graph, MatrixView<const float> points, const UmapOptions& options,
                        Progress& progress);

}  // namespace clipcluster::umap
