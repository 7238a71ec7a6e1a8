#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <vector>

#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"
#include "neighbors/checks.h"
#include "neighbors/rows.h"
#include "neighbors/scan.h"

namespace clipcluster {
namespace neighbors {
namespace {

constexpr std::size_t kPointsPerChunk = 2048;

// One query against all points, the points cut among the threads. The k first in a total order do
// not depend on how the points were cut.
bool answer_by_scan(MatrixView<const float> points, const std::vector<float>& point_scales,
                    const ScanQuery& query, Metric metric, std::size_t k, std::int32_t* indices,
                    float* distances) {
  const std::size_t chunks = (points.rows() + kPointsPerChunk - 1) / kPointsPerChunk;
  MatrixI chunk_indices(chunks, k);
  MatrixF chunk_distances(chunks, k);
  std::atomic<bool> finite = true;
  parallel_for(points.rows(), kPointsPerChunk, [&](std::size_t begin, std::size_t end) {
    NearestHeap heap(std::min(k, end - begin));
    if (!scan_points(points, point_scales, query, metric, begin, end, heap)) finite = false;
    const std::size_t chunk = begin / kPointsPerChunk;
    heap.take_sorted(chunk_indices.row(chunk), chunk_distances.row(chunk));
  });
  if (!finite) return false;
  NearestHeap heap(k);
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    const std::size_t count =
        std::min(k, std::min(kPointsPerChunk, points.rows() - chunk * kPointsPerChunk));
    for (std::size_t j = 0; j < count; ++j) {
      heap.offer({chunk_distances(chunk, j), chunk_indices(chunk, j)});
    }
  }
  heap.take_sorted(indices, distances);
  return true;
}

Status check_queries(MatrixView<const float> points, MatrixView<const float> queries) {
  if (points.cols() == queries.cols()) return {};
  return Status::invalid_argument(
      fmt::format("the queries have {} columns and the points {}: they must come from the same space",
                  queries.cols(), points.cols()));
}

Result<NeighborLists> answer_queries(MatrixView<const float> points, MatrixView<const float> queries,
                                     const NeighborOptions& options, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_search(points, options));
  CLIPCLUSTER_RETURN_IF_ERROR(check_queries(points, queries));
  const std::size_t k = std::min(static_cast<std::size_t>(options.k), points.rows());
  NeighborLists lists{MatrixI(queries.rows(), k), MatrixF(queries.rows(), k)};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<float> query_scales,
                               row_scales(queries, options.metric, "queries"));
  std::vector<float> point_scales;
  if (queries.rows() > 1) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(point_scales, row_scales(points, options.metric, "points"));
  }
  for (std::size_t i = 0; i < queries.rows(); ++i) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"neighbours", i, queries.rows(), "rows"});
    const ScanQuery query{queries.row(i), query_scales[i], -1};
    if (!answer_by_scan(points, point_scales, query, options.metric, k, lists.indices.row(i),
                        lists.distances.row(i))) {
      return row_scales(points, options.metric, "points").status();  // finds the row for the message
    }
  }
  progress.report({"neighbours", queries.rows(), queries.rows(), "rows"});
  return lists;
}

}  // namespace
}  // namespace neighbors

Result<NeighborLists> query_neighbors(MatrixView<const float> points, MatrixView<const float> queries,
                                      const NeighborOptions& options, Progress& progress) {
  try {
    return neighbors::answer_queries(points, queries, options, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory for the neighbour search");
  }
}

}  // namespace clipcluster
