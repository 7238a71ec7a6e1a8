#include <algorithm>
#include <new>
#include <string>
#include <vector>

#include "base/number_text.h"
#include "clipcluster/memory.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"
#include "neighbors/checks.h"
#include "neighbors/kernels/tile_kernels.h"
#include "neighbors/partition/approximate_neighbors.h"
#include "neighbors/rows.h"
#include "neighbors/scan.h"
#include "neighbors/tiled_search.h"

namespace clipcluster {
namespace neighbors {
namespace {

constexpr std::size_t kRowsPerReport = 256;

// Every pair exactly: for values whose squares leave the range of float.
Status scan_all(const ScaledRows& points, Metric metric, NeighborLists& lists, Progress& progress) {
  const std::size_t n = points.rows.rows();
  for (std::size_t first = 0; first < n; first += kRowsPerReport) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"neighbours", first, n, "rows"});
    parallel_for(std::min(kRowsPerReport, n - first), 8, [&](std::size_t begin, std::size_t end) {
      NearestHeap heap(lists.indices.cols() - 1);
      for (std::size_t i = first + begin; i < first + end; ++i) {
        const ScanQuery query{points.rows.row(i), points.scales[i], static_cast<std::int64_t>(i)};
        scan_points(points.rows, points.scales, query, metric, 0, n, heap);
        heap.take_sorted(lists.indices.row(i) + 1, lists.distances.row(i) + 1);
      }
    });
  }
  return {};
}

std::string what_is_searched(std::size_t rows) { return "the neighbours of " + grouped(rows) + " rows"; }

Result<NeighborLists> search_all(MatrixView<const float> points, const NeighborOptions& options,
                                 Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_search(points, options));
  const std::size_t n = points.rows();
  const std::size_t k = std::min(static_cast<std::size_t>(options.k), n);
  CLIPCLUSTER_RETURN_IF_ERROR(
      require_memory(what_is_searched(n), nearest_neighbors_memory(n, points.cols(), options), progress));
  progress.report({"neighbours", 0, n, "rows"});
  if (progress.cancelled()) return Status::cancelled();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<float> scales,
                               row_scales(points, options.metric, "points"));
  NeighborLists lists{MatrixI(n, k), MatrixF(n, k)};
  for (std::size_t i = 0; i < n; ++i) lists.indices(i, 0) = static_cast<std::int32_t>(i);
  if (k > 1) {
    const ScaledRows rows{points, scales};
    if (resolved_search(options, n) == NeighborSearch::approximate) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(
          const ApproximateOutcome approximate,
          search_by_cells(rows, options.metric, usual_approximate_effort(n, k), lists, progress));
      if (approximate == ApproximateOutcome::done) {
        progress.report({"neighbours", n, n, "rows"});
        return lists;
      }
    }
    CLIPCLUSTER_ASSIGN_OR_RETURN(const TiledOutcome outcome,
                                 search_among_themselves(rows, options.metric, lists, progress));
    if (outcome == TiledOutcome::out_of_range) {
      CLIPCLUSTER_RETURN_IF_ERROR(scan_all(rows, options.metric, lists, progress));
    }
  }
  progress.report({"neighbours", n, n, "rows"});
  return lists;
}

}  // namespace
}  // namespace neighbors

std::uint64_t nearest_neighbors_memory(std::uint64_t n, std::uint64_t d, const NeighborOptions& options) {
  constexpr std::uint64_t fixed = std::uint64_t{32} << 20;  // samples, directions, buffers of threads
  constexpr std::uint64_t row = 64;                         // scales, norms, order
  const std::uint64_t k = std::min(static_cast<std::uint64_t>(std::max(options.k, 1)), n);
  const std::uint64_t lists = 8 * k;
  const std::uint64_t candidates = 8 * (3 * k + 96);
  const bool cells = resolved_search(options, n) == NeighborSearch::approximate;
  const auto format = neighbors::tile_kernel(static_cast<std::size_t>(d)).format;
  const std::uint64_t compact = cells ? 160 : d * (format == neighbors::PackedFormat::bf16 ? 2 : 4);
  return fixed + n * (row + lists + candidates + compact);
}

Result<NeighborLists> nearest_neighbors(MatrixView<const float> points, const NeighborOptions& options,
                                        Progress& progress) {
  try {
    return neighbors::search_all(points, options, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory for the neighbour search");
  }
}

}  // namespace clipcluster
