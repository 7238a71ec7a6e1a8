// The plain way: every exact distance from one row to all points. No preparation, so it is the way
// for a few queries, and the one that the tiled search falls back on and is tested against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "neighbors/rows.h"

namespace clipcluster::neighbors {

struct ScanQuery {
  const float* row = nullptr;
  float scale = 1.0F;
  std::int64_t left_out = -1;  // a point that is not to be found, or -1
};

// Offers every point in [begin, end) except query.left_out. point_scales may be empty: scales are
// then computed on the way. False when a point is not finite.
bool scan_points(MatrixView<const float> points, const std::vector<float>& point_scales,
                 const ScanQuery& query, Metric metric, std::size_t begin, std::size_t end,
                 NearestHeap& heap);

}  // namespace clipcluster::neighbors
