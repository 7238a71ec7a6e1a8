#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <vector>

#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"
#include "neighbors/checks.h"
#include "neighbors/partition/index_search.h"

namespace clipcluster {
namespace neighbors {
namespace {

constexpr std::size_t kQueriesPerChunk = 8;
constexpr std::size_t kQueriesPerReport = 4096;

Status check_query(const NeighborIndex& index, MatrixView<const float> queries,
                   const NeighborOptions& options) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_search(index.points(), options));
  if (options.metric != index.metric()) {
    return Status::invalid_argument(fmt::format(
        "the neighbour index was built for {} distances and cannot answer for {}: build one for "
        "that metric",
        metric_name(index.metric()), metric_name(options.metric)));
  }
  if (queries.cols() == index.points().cols()) return {};
  return Status::invalid_argument(fmt::format(
      "the queries have {} columns and the points of the index {}: they must come from the same space",
      queries.cols(), index.points().cols()));
}

// Whether the cells are of use: for so many neighbours most rows would be looked at anyway, and every
// row is at distance 1 from a zero vector, so that the row numbers decide.
bool cells_serve(const NeighborIndex::Parts& parts, std::size_t k, float query_scale) {
  return parts.has_cells && k <= parts.points.rows() / 16 && query_scale != 0.0F;
}

Status scan_all_rows(const NeighborIndex::Parts& parts, MatrixView<const float> query, std::size_t k,
                     std::int32_t* indices, float* distances) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists lists,
                               query_neighbors(parts.points, query, {static_cast<int>(k), parts.metric}));
  std::copy_n(lists.indices.data(), k, indices);
  std::copy_n(lists.distances.data(), k, distances);
  return {};
}

Result<NeighborLists> answer(const NeighborIndex& index, MatrixView<const float> queries,
                             const NeighborOptions& options, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_query(index, queries, options));
  const NeighborIndex::Parts& parts = index.parts();
  const std::size_t k = std::min(static_cast<std::size_t>(options.k), parts.points.rows());
  if (!cells_serve(parts, k, 1.0F)) return query_neighbors(parts.points, queries, options, progress);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<float> scales,
                               row_scales(queries, options.metric, "queries"));
  const std::size_t m = queries.rows();
  NeighborLists lists{MatrixI(m, k), MatrixF(m, k)};
  std::vector<char> found(m, 0);
  for (std::size_t first = 0; first < m; first += kQueriesPerReport) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"neighbours", first, m, "rows"});
    parallel_for(
        std::min(kQueriesPerReport, m - first), kQueriesPerChunk, [&](std::size_t begin, std::size_t end) {
          IndexSearch search(parts, k, usual_effort(parts.points.rows(), k));
          for (std::size_t i = first + begin; i < first + end; ++i) {
            found[i] = cells_serve(parts, k, scales[i]) &&
                       search.run(queries.row(i), scales[i], lists.indices.row(i), lists.distances.row(i));
          }
        });
  }
  for (std::size_t i = 0; i < m; ++i) {
    if (found[i]) continue;
    CLIPCLUSTER_RETURN_IF_ERROR(scan_all_rows(parts, queries.rows_between(i, i + 1), k,
                                              lists.indices.row(i), lists.distances.row(i)));
  }
  progress.report({"neighbours", m, m, "rows"});
  return lists;
}

}  // namespace
}  // namespace neighbors

Result<NeighborLists> query_neighbors(const NeighborIndex& index, MatrixView<const float> queries,
                                      const NeighborOptions& options, Progress& progress) {
  try {
    return neighbors::answer(index, queries, options, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory for the neighbour search");
  }
}

}  // namespace clipcluster
