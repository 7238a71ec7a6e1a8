// Principal component analysis: exact, through the covariance matrix, or randomised (Halko, Martinsson
// and Tropp, "Finding structure with randomness", 2011), as scikit-learn's (docs/pca.md).
#pragma once

#include <cstdint>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

enum class SvdSolver {
  automatic,   // the one of less work: randomized for many columns and few components
  exact,       // through the covariance matrix, which takes 32 d^2 bytes
  randomized,  // n_components + 10 random directions, 4 power iterations (7 for few components)
};

struct PcaOptions {
  int n_components = 2;  // 1 <= n_components <= min(n, d)
  SvdSolver svd_solver = SvdSolver::automatic;
  std::uint64_t seed = 42;  // of randomized
};

struct PcaModel {
  MatrixF mean;                      // [1, d]
  MatrixF components;                // [n_components, d], unit rows, largest variance first; the
                                     // entry of largest absolute value of each is positive
  MatrixF explained_variance;        // [1, n_components], with n - 1 in the denominator, as scikit-learn
  MatrixF explained_variance_ratio;  // [1, n_components]

  NamedArrays to_arrays() const;
  static Result<PcaModel> from_arrays(const NamedArrays& arrays);
};

// points: [n, d], finite, n >= 2. Same input, options and seed: same bytes at any thread count.
Result<PcaModel> fit_pca(MatrixView<const float> points, const PcaOptions& options,
                         Progress& progress = Progress::none());
// [m, n_components] = (points - mean) components^T. A row's result does not depend on the others.
Result<MatrixF> pca_transform(const PcaModel& model, MatrixView<const float> points);
// [m, d] = coordinates components + mean.
Result<MatrixF> pca_inverse_transform(const PcaModel& model, MatrixView<const float> coordinates);

}  // namespace clipcluster
