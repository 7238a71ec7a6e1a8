// An index over rows that stay where they are.
#pragma once

#include <cstdint>

#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "neighbors/partition/index_parts.h"
#include "neighbors/tiled_search.h"

namespace clipcluster::neighbors {

// Everything but parts.points and parts.metric. False when there are too few rows, or too large values, for
// cells.
Result<bool> build_parts(const ScaledRows& points, std::uint64_t seed, Progress& progress,
                         NeighborIndex::Parts& parts);

}  // namespace clipcluster::neighbors
