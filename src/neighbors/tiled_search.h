// The search by tiles: products of packed rows give lower bounds, and only candidates that these cannot
// rule out are looked at exactly.
#pragma once

#include <cstddef>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster::neighbors {

struct ScaledRows {
  MatrixView<const float> rows;
  const std::vector<float>& scales;
};

// Whether values are moderate enough for the error bounds; if not, scan. (Squares must fit in a float.)
enum class TiledOutcome { done, out_of_range };

// The k - 1 nearest others of each point, into columns 1.. of lists; column 0 is left alone. Each tile
// serves both its sides. k >= 2.
Result<TiledOutcome> search_among_themselves(const ScaledRows& points, Metric metric, NeighborLists& lists,
                                             Progress& progress);

// The k nearest points of each query.
Result<TiledOutcome> search_for_queries(const ScaledRows& points, const ScaledRows& queries, Metric metric,
                                        NeighborLists& lists, Progress& progress);

}  // namespace clipcluster::neighbors
