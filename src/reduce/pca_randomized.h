// The leading principal directions without the covariance matrix, after Halko, Martinsson and Tropp
// 2011. As scikit-learn's randomized_svd: 10 directions more than asked for, 7 power iterations for
// less than a tenth of all components, else 4. An iteration is A^T A with one QR after it, where
// scikit-learn normalises after each half: in double, float32 input loses nothing by it, and the data are
// passed over once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster::pca {

struct Principal {
  Matrix<double> directions;      // [d, sampled], orthonormal columns
  std::vector<double> variances;  // [sampled], ascending, with n - 1 in the denominator
  double total_variance = 0.0;
};

// `least`: the smaller of rows and columns.
std::size_t sampled_directions(std::size_t components, std::size_t least);
int power_iterations(std::size_t components, std::size_t least);

Result<Principal> randomized(MatrixView<const float> points, const std::vector<double>& means,
                             std::size_t components, std::uint64_t seed, Progress& progress);

}  // namespace clipcluster::pca
