// Where to cut the tree of shares.
#pragma once

#include <cstdint>
#include <span>

#include "clipcluster/hdbscan.h"
#include "clipcluster/matrix.h"

namespace clipcluster::consensus {

struct CutRange {
  double least = 0.0;
  double most = 1.0;
};

// The share in `range` at which the groups of at least `smallest` points keep nearest neighbours together
// best (modularity) and hang least on chance (the pairs of points that are joined near it, as a part of the
// pairs that are together; shares are estimates from a limited number of clusterings): the greatest
// modularity minus .35 of that part. Of equally good ones the least. tree: of m points, distance = 1 -
// share. neighbors: [m, k] rows of the tree's points, each first among its own; -1 is none.
double choose_cut(std::span<const LinkageRow> tree, std::int64_t smallest,
                  MatrixView<const std::int32_t> neighbors, const CutRange& range);

}  // namespace clipcluster::consensus
