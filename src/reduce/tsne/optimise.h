// The layout of the training points.
#pragma once

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "clipcluster/tsne.h"
#include "reduce/tsne/affinities.h"

namespace clipcluster::tsne {

// Moves `places` [n, n_components] through options.n_iter iterations. Returns the Kullback-Leibler
// divergence of the layout.
Result<double> optimise(const Affinities& affinities, const TsneOptions& options, MatrixF& places,
                        Progress& progress);

}  // namespace clipcluster::tsne
