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

// Rotated: in an order of similar rows, with stages of principal coordinates. Worth it for many rows.
enum class Arrangement { automatic, plain, rotated };

// The k - 1 nearest others of each point, into columns 1.. of lists, and the point itself into column 0.
// Each tile serves both its sides. k >= 2 and at most the number of points.
Result<TiledOutcome> search_among_themselves(const ScaledRows& points, Metric metric, NeighborLists& lists,
                                             Progress& progress,
                                             Arrangement arrangement = Arrangement::automatic);

// The k nearest points of each query.
Result<TiledOutcome> search_for_queries(const ScaledRows& points, const ScaledRows& queries, Metric metric,
                                        NeighborLists& lists, Progress& progress);

}  // namespace clipcluster::neighbors
