// Neighbours of all points, nearly exactly, in time that grows little faster than their number.
#pragma once

#include <vector>

#include "clipcluster/neighbors.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "neighbors/partition/cell_search.h"
#include "neighbors/tiled_search.h"

namespace clipcluster::neighbors {

// How much is looked at; the defaults are docs/neighbors-index.md's.
struct ApproximateEffort {
  CellSearchEffort cells;
  std::size_t list;   // neighbours kept for each row while refining, the row itself not counted
  std::size_t width;  // refine.h
  int passes;
};
ApproximateEffort usual_approximate_effort(std::size_t points, std::size_t k);

enum class ApproximateOutcome { done, not_served };

// The k - 1 nearest others of each point, into columns 1.. of lists; column 0 is left alone. k >= 2.
// not_served when there are too few points, or too large values, for cells.
Result<ApproximateOutcome> search_by_cells(const ScaledRows& points, Metric metric,
                                           const ApproximateEffort& effort, NeighborLists& lists,
                                           Progress& progress);

}  // namespace clipcluster::neighbors
