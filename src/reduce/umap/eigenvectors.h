// The eigenvectors that spread a connected graph out most gently.
#pragma once

#include <optional>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "reduce/umap/fuzzy_graph.h"

namespace clipcluster::umap {

// The `count` eigenvectors of the normalised Laplacian I - D^-1/2 W D^-1/2 with the smallest
// eigenvalues after the trivial one, as columns of [n, count], smallest first, each of length 1 and
// with its largest entry (the first of them) positive. The graph is connected and n > count + 1.
// Small graphs are solved densely. Large ones by subspace iteration with Chebyshev filters (Zhou,
// Saad, Tiago, Chelikowsky, "Self-consistent-field calculations using Chebyshev-filtered subspace
// iteration", 2006), stopped at residual 1e-4 or after a fixed number of products with the graph: the
// layout needs a start, not an answer, and clusters that hardly touch would keep a stricter solver
// busy for minutes. Same bits at any thread count. Nothing when cancelled or not finite.
std::optional<MatrixF> laplacian_eigenvectors(const FuzzyGraph& graph, std::size_t count,
                                              Progress& progress);

}  // namespace clipcluster::umap
