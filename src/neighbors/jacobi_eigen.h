// Eigenvectors of a small symmetric matrix.
#pragma once

#include "clipcluster/matrix.h"

namespace clipcluster::neighbors {

// Rows are the eigenvectors, that of the largest eigenvalue first. Cyclic Jacobi (Golub and Van Loan,
// Matrix Computations, section 8.5): the rows are orthonormal to rounding, however close eigenvalues are.
Matrix<double> eigenvectors_descending(Matrix<double> symmetric);

}  // namespace clipcluster::neighbors
