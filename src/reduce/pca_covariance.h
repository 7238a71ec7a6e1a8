// Mean and covariance in double, summed in an order that no thread count changes.
#pragma once

#include <cstddef>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster::pca {

std::vector<double> column_means(MatrixView<const float> points);

// [d, d], lower triangle filled, with n - 1 in the denominator; n >= 2.
Result<Matrix<double>> covariance(MatrixView<const float> points, const std::vector<double>& means,
                                  Progress& progress);

}  // namespace clipcluster::pca
