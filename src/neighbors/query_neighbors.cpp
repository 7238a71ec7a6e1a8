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
#include "neighbors/tiled_search.h"

namespace clipcluster {
namespace neighbors {
namespace {

constexpr std::size_t kPointsPerChunk = 2048;
// Packing the points costs about as much as scanning them this often.
constexpr std::size_t kFewQueries = 24;

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

// Nothing is prepared for a single query: all is read once.
Status scan_queries(MatrixView<const float> points, const ScaledRows& queries, Metric metric,
                    NeighborLists& lists, Progress& progress) {
  std::vector<float> point_scales;
  if (queries.rows.rows() > 1) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(point_scales, row_scales(points, metric, "points"));
  }
  for (std::size_t i = 0; i < queries.rows.rows(); ++i) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"neighbours", i, queries.rows.rows(), "rows"});
    const ScanQuery query{queries.rows.row(i), queries.scales[i], -1};
    if (!answer_by_scan(points, point_scales, query, metric, lists.indices.cols(), lists.indices.row(i),
                        lists.distances.row(i))) {
      return row_scales(points, metric, "points").status();  // finds the row for the message
    }
  }
  return {};
}

Result<NeighborLists> answer_queries(MatrixView<const float> points, MatrixView<const float> queries,
                                     const NeighborOptions& options, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_search(points, options));
  CLIPCLUSTER_RETURN_IF_ERROR(check_queries(points, queries));
  const std::size_t k = std::min(static_cast<std::size_t>(options.k), points.rows());
  const std::size_t m = queries.rows();
  NeighborLists lists{MatrixI(m, k), MatrixF(m, k)};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<float> query_scales,
                               row_scales(queries, options.metric, "queries"));
  const ScaledRows scaled_queries{queries, query_scales};
  auto outcome = TiledOutcome::out_of_range;
  if (m > kFewQueries) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<float> scales,
                                 row_scales(points, options.metric, "points"));
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        outcome, search_for_queries({points, scales}, scaled_queries, options.metric, lists, progress));
  }
  if (outcome == TiledOutcome::out_of_range) {
    CLIPCLUSTER_RETURN_IF_ERROR(scan_queries(points, scaled_queries, options.metric, lists, progress));
  }
  progress.report({"neighbours", m, m, "rows"});
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
