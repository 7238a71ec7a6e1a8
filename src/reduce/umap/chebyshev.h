// What a subspace iteration on a symmetric sparse matrix S with spectrum in [-1, 1] is made of. A
// block is a tall matrix [n, p] whose columns span the subspace. Sums run in chunks added in order,
// so nothing depends on the thread count.
#pragma once

#include <vector>

#include "clipcluster/matrix.h"
#include "reduce/umap/fuzzy_graph.h"

namespace clipcluster::umap {

struct RitzValues {
  std::vector<double> values;     // descending
  std::vector<double> residuals;  // |S x - value x|
};

// block -= direction direction^T block; direction has length 1.
void remove_direction(MatrixF& block, const std::vector<float>& direction);

// Makes the columns orthonormal, without changing their span; false when a value is not finite.
// Columns that depend on the others become 0.
bool orthonormalise(MatrixF& block);

// Rotates an orthonormal block so that its columns are the best eigenvectors in their span.
RitzValues rotate_to_ritz_vectors(const FuzzyGraph& matrix, MatrixF& block);

// T_degree applied to S mapped so that [-1, cutoff] becomes [-1, 1]: damps eigenvectors up to
// `cutoff` and magnifies those beyond.
MatrixF chebyshev_filter(const FuzzyGraph& matrix, MatrixF block, double cutoff, int degree);

}  // namespace clipcluster::umap
