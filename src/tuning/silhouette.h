// Silhouettes (Rousseeuw 1987) of many clusterings of the same points.
#pragma once

#include <cstdint>
#include <span>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"

namespace clipcluster::tuning {

// [m, m] distances of the points at `rows`; those to and from a row with NaN are infinite.
MatrixF distances_between(MatrixView<const float> points, std::span<const std::int32_t> rows,
                          Metric metric);

// The mean over all points; noise (-1) and clusters of one point count 0. 0 with fewer than two clusters.
// labels: [m].
double silhouette(const MatrixF& distances, std::span<const std::int32_t> labels);

}  // namespace clipcluster::tuning
