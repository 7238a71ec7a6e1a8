// Where the pieces of a graph that is not connected go, relative to each other.
#pragma once

#include "clipcluster/matrix.h"
#include "clipcluster/umap.h"
#include "reduce/umap/components.h"

namespace clipcluster::umap {

// [pieces, n_components]. Up to 2 n_components pieces sit on the axes at +1 and -1. More: spectral
// embedding of their centroids with affinity exp(-d^2 / mean d^2), largest coordinate 1; umap-learn
// leaves the mean out, and then far centroids all look unrelated. Above 1,000 pieces: uniform.
MatrixF component_places(const Components& components, MatrixView<const float> points,
                         const UmapOptions& options);

}  // namespace clipcluster::umap
