// What both searches ask of their input.
#pragma once

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/status.h"

namespace clipcluster::neighbors {

// There are points, their indices fit in 32 bits, and k >= 1.
Status check_search(MatrixView<const float> points, const NeighborOptions& options);

}  // namespace clipcluster::neighbors
