// Where the points are before the first iteration.
#pragma once

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "clipcluster/tsne.h"

namespace clipcluster::tsne {

// [n, n_components]. pca: principal components, scaled so that the first has standard deviation 1e-4,
// with a hundredth of that as noise, which parts equal points; random: normal with 1e-4. Components that
// the points do not have, or that have no variance, are random.
Result<MatrixF> start_places(MatrixView<const float> points, const TsneOptions& options,
                             Progress& progress);

}  // namespace clipcluster::tsne
