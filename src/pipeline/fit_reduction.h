// Fits the reduction before clustering, and the one to two dimensions for the map.
#pragma once

#include <cstddef>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "pipeline/reduction.h"
#include "pipeline/step_clock.h"

namespace clipcluster::internal {

// Columns that clustering is asked to see.
std::size_t fit_components(const FitOptions& options);

struct FittedReduction {
  Reduction reduction;
  SharedMatrix<float> coordinates;  // [n, n_components]
  SharedMatrix<float> rows;         // what UMAP or t-SNE laid out: the points or their principal components
  NeighborLists neighbors;          // of those rows
};

// n >= 3.
Result<FittedReduction> fit_reduction(const SharedMatrix<float>& points, const FitOptions& options,
                                      StepClock& clock, Progress& progress);

struct FittedMap {
  Reduction reduction;
  SharedMatrix<float> coordinates;  // [n, 2]
};
Result<FittedMap> fit_map(const FittedReduction& fitted, const FitOptions& options, StepClock& clock,
                          Progress& progress);

}  // namespace clipcluster::internal
