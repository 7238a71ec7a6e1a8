#include "neighbors/tiled_search.h"

#include <algorithm>
#include <utility>

#include "clipcluster/parallel.h"
#include "neighbors/equal_rows.h"
#include "neighbors/row_order.h"
#include "neighbors/tile.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kBlockRows = 480;  // its packed rows stay in a core's second-level cache
constexpr std::size_t kRowsPerFinish = 64;
constexpr std::size_t kOrderCoordinates = 32;
constexpr std::size_t kQueriesAtOnce = 16 * 1024;  // bounds the memory for candidates

Packing packing_for(const ScaledRows& points, const ScaledRows& queries, PackedFormat format) {
  const auto has_zero = [](const std::vector<float>& scales) {
    return std::find(scales.begin(), scales.end(), 0.0F) != scales.end();
  };
  Packing packing;
  packing.centre = mean_of_scaled(points.rows, points.scales);
  packing.zero_column = has_zero(points.scales) || has_zero(queries.scales);
  packing.format = format;
  return packing;
}

// Blocks for pairing: for few rows smaller ones, so that there is work for several threads.
std::size_t block_rows_for(std::size_t rows) {
  const std::size_t wanted = (rows / 16 + kTileColumns - 1) / kTileColumns * kTileColumns;
  return std::clamp(wanted, kTileColumns, kBlockRows);
}

bool rotation_pays(std::size_t rows, std::size_t columns) {
  return columns >= 64 && rows >= 20 * columns;  // it costs about columns^3 + rows * columns^2
}

// Where to look whether a tile can stop. A pair at the usual distance can stop when less of the variance is
// left than the k-th nearest are nearer than usual.
std::vector<std::size_t> useful_checks(const Rotation& rotation) {
  constexpr double kLeast = 0.35;
  std::vector<std::size_t> checks;
  for (const std::size_t depth : {32U, 64U, 128U}) {
    if (depth <= rotation.shares.size() && rotation.shares[depth - 1] >= kLeast) checks.push_back(depth);
  }
  if (!checks.empty()) checks.push_back(256);
  return checks;
}

// How the rows are laid out for a search among themselves.
struct Layout {
  Packing packing;
  std::vector<std::int32_t> order;
  std::size_t block_rows = 0;
  std::vector<std::vector<BlockPair>> rounds;
};

Layout lay_out(const ScaledRows& points, const std::vector<std::int32_t>& ids, PackedFormat format,
               bool rotated) {
  Layout layout;
  layout.packing = packing_for(points, points, format);
  layout.order = ids;
  layout.block_rows = block_rows_for(ids.size());
  const std::size_t count = std::min(points.rows.cols(), kOrderCoordinates);
  MatrixF leading(points.rows.rows(), rotated ? count : 0);
  if (rotated) {
    layout.packing.rotation = principal_rotation(points.rows, points.scales, layout.packing.centre);
    layout.packing.checks = useful_checks(layout.packing.rotation);
    leading = leading_coordinates(points.rows, points.scales, layout.packing, count);
    layout.order = order_by_bisection(leading, std::move(layout.order));
  }
  layout.rounds = meetings(leading, layout.order, layout.block_rows);
  return layout;
}

}  // namespace

Result<TiledOutcome> search_among_themselves(const ScaledRows& points, Metric metric, NeighborLists& lists,
                                             Progress& progress, Arrangement arrangement) {
  const std::size_t n = points.rows.rows();
  const EqualRows equal_rows(points.rows);
  const std::vector<std::int32_t>& ids = equal_rows.firsts();
  const std::size_t count = std::min(lists.indices.cols(), ids.size());
  for (std::size_t i = 0; i < n; ++i) lists.indices(i, 0) = static_cast<std::int32_t>(i);
  if (count > 1) {
    const TileKernel kernel = tile_kernel(points.rows.cols());
    const bool rotated = arrangement == Arrangement::automatic
                             ? rotation_pays(ids.size(), points.rows.cols())
                             : arrangement == Arrangement::rotated;
    const Layout layout = lay_out(points, ids, kernel.format, rotated);
    const PackedPoints packed = pack_points(points.rows, points.scales, layout.packing, &layout.order);
    if (!bounds_hold(packed)) return TiledOutcome::out_of_range;
    const RowBounds bounds = row_bounds(packed, error_model(packed, packed, layout.packing));
    const SearchSide side{points.rows, &points.scales, &packed, &bounds, &layout.order};
    Candidates candidates(side, side, metric, count - 1);

    const auto range = [&](std::size_t block) {
      return Range{block * layout.block_rows,
                   std::min(packed.padded_rows(), (block + 1) * layout.block_rows)};
    };
    parallel_for(packed.padded_rows(), layout.block_rows, [&](std::size_t begin, std::size_t end) {
      run_tile({side, side, candidates, nullptr, true}, kernel, {begin, end}, {begin, end});
    });
    for (std::size_t round = 0; round < layout.rounds.size(); ++round) {
      if (progress.cancelled()) return Status::cancelled();
      progress.report({"neighbours", n * round / layout.rounds.size(), n, "rows"});
      const std::vector<BlockPair>& pairs = layout.rounds[round];
      parallel_for(pairs.size(), 1, [&](std::size_t p, std::size_t) {
        run_tile({side, side, candidates, &candidates, false}, kernel, range(pairs[p].first),
                 range(pairs[p].second));
      });
    }
    parallel_for(packed.rows, kRowsPerFinish, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t id = side.id(i);
        candidates.finish(i, lists.indices.row(id) + 1, lists.distances.row(id) + 1);
      }
    });
  }
  equal_rows.complete(lists, count);
  return TiledOutcome::done;
}

Result<TiledOutcome> search_for_queries(const ScaledRows& points, const ScaledRows& queries, Metric metric,
                                        NeighborLists& lists, Progress& progress) {
  const TileKernel kernel = tile_kernel(points.rows.cols());
  const Packing packing = packing_for(points, queries, kernel.format);
  const PackedPoints packed_points = pack_points(points.rows, points.scales, packing);
  if (!bounds_hold(packed_points)) return TiledOutcome::out_of_range;
  for (std::size_t first = 0; first < queries.rows.rows(); first += kQueriesAtOnce) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"neighbours", first, queries.rows.rows(), "rows"});
    const std::size_t end = std::min(queries.rows.rows(), first + kQueriesAtOnce);
    const auto rows = queries.rows.rows_between(first, end);
    const std::vector<float> scales(queries.scales.begin() + static_cast<std::ptrdiff_t>(first),
                                    queries.scales.begin() + static_cast<std::ptrdiff_t>(end));
    const PackedPoints packed = pack_points(rows, scales, packing);
    if (!bounds_hold(packed)) return TiledOutcome::out_of_range;
    const ErrorModel model = error_model(packed, packed_points, packing);
    const RowBounds bounds = row_bounds(packed, model);
    const RowBounds point_bounds = row_bounds(packed_points, model);
    const SearchSide query_side{rows, &scales, &packed, &bounds};
    const SearchSide point_side{points.rows, &points.scales, &packed_points, &point_bounds};
    Candidates candidates(query_side, point_side, metric, lists.indices.cols());
    parallel_for(packed.padded_rows(), block_rows_for(packed.rows),
                 [&](std::size_t begin, std::size_t block_end) {
                   run_tile({query_side, point_side, candidates, nullptr, false}, kernel,
                            {begin, block_end}, {0, packed_points.padded_rows()});
                   for (std::size_t i = begin; i < std::min(block_end, rows.rows()); ++i) {
                     candidates.finish(i, lists.indices.row(first + i), lists.distances.row(first + i));
                   }
                 });
  }
  return TiledOutcome::done;
}

}  // namespace clipcluster::neighbors
