// Orthonormal bases by Householder reflections (Golub and Van Loan, Matrix Computations, section 5.2).
#pragma once

#include <cstddef>

#include "clipcluster/matrix.h"

namespace clipcluster::neighbors {

// The first `count` rows of an orthonormal basis of d-dimensional space whose first m rows span what the
// rows of `vectors` [m, d] span, each also with the ones before it (up to sign, orthonormal vectors are
// their own basis). m <= count <= d. Vectors that depend on others are replaced by some direction.
Matrix<double> first_of_orthonormal_basis(Matrix<double> vectors, std::size_t count);

double dot(const float* x, const float* y, std::size_t size);

// At least the spectral norm of A A' - I.
double orthonormality_defect(const MatrixF& axes);

}  // namespace clipcluster::neighbors
