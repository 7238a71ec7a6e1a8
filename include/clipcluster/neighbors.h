// Exact k-nearest neighbours: the answer that computing every distance would give, to the last bit, at
// any thread count and with any instruction set (docs/neighbors.md).
#pragma once

#include <string_view>

#include "clipcluster/matrix.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

enum class Metric {
  euclidean,
  cosine,  // 1 - x.y / (|x| |y|), 0..2; a zero vector is at distance 1 from everything but another zero
           // vector (0)
};
const char* metric_name(Metric metric);
Result<Metric> parse_metric(std::string_view name);

struct NeighborOptions {
  int k = 15;  // 1 <= k; more than there are rows is capped at the number of rows
  Metric metric = Metric::euclidean;
};

// Neighbours of n points: both matrices are [n, k], nearest first, ties by smaller index.
struct NeighborLists {
  MatrixI indices;
  MatrixF distances;
};

// points: [n, d], n >= 1, finite. Each point's own index comes first at distance 0, as in
// umap-learn, also among exact duplicates; so k counts the point itself.
// Deterministic: a distance depends on its two rows only; that of equal rows is exactly 0.
// invalid_argument when there is no point, k < 1, or a row is not finite (the message names it);
// values beyond about 1e18 are too large for squares in float32. Needs, over the points, about
// n (2d + 16k + 800) bytes; resource_limit when the system refuses them.
Result<NeighborLists> nearest_neighbors(MatrixView<const float> points, const NeighborOptions& options,
                                        Progress& progress = Progress::none());

// The k nearest rows of `points` for every row of `queries` ([m, d]); no self. A query's answer does
// not depend on the other queries. Up to 24 queries are one pass over the points each, with nothing
// prepared; more are packed and tiled. Errors as above, and when the columns differ.
Result<NeighborLists> query_neighbors(MatrixView<const float> points, MatrixView<const float> queries,
                                      const NeighborOptions& options,
                                      Progress& progress = Progress::none());

}  // namespace clipcluster
