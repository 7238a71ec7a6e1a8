// How many dimensions points really spread in. Levina and Bickel, "Maximum likelihood estimation of
// intrinsic dimension", NIPS 2004, with the mean taken as MacKay and Ghahramani correct it (2005).
#pragma once

#include "clipcluster/neighbors.h"

namespace clipcluster::tuning {

// By the nearest `k` of each point, itself among them; 0 where no point has neighbours at different
// distances.
double intrinsic_dimension(const NeighborLists& neighbors, std::size_t k, Metric metric);

}  // namespace clipcluster::tuning
