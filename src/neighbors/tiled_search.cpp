#include "neighbors/tiled_search.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "clipcluster/parallel.h"
#include "neighbors/tile.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kBlockRows = 480;  // its packed rows stay in a core's second-level cache
constexpr std::size_t kRowsPerFinish = 64;
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

// Round `round` of a round-robin tournament of `teams` (even): every team plays once, so that no two
// pairs of a round touch the same block; over teams - 1 rounds everyone meets everyone. (The circle
// method: the last team stays, the others move around it.)
std::pair<std::size_t, std::size_t> tournament_pair(std::size_t teams, std::size_t round,
                                                    std::size_t match) {
  const std::size_t circle = teams - 1;
  if (match == 0) return {std::min(round, circle), circle};
  const std::size_t a = (round + match) % circle;
  const std::size_t b = (round + circle - match) % circle;
  return {std::min(a, b), std::max(a, b)};
}

class Blocks {
 public:
  explicit Blocks(std::size_t padded_rows) : rows_(padded_rows), size_(block_rows_for(padded_rows)) {}
  std::size_t count() const { return (rows_ + size_ - 1) / size_; }
  Range range(std::size_t block) const { return {block * size_, std::min(rows_, (block + 1) * size_)}; }

 private:
  std::size_t rows_;
  std::size_t size_;
};

}  // namespace

Result<TiledOutcome> search_among_themselves(const ScaledRows& points, Metric metric, NeighborLists& lists,
                                             Progress& progress) {
  const TileKernel kernel = tile_kernel(points.rows.cols());
  const Packing packing = packing_for(points, points, kernel.format);
  const PackedPoints packed = pack_points(points.rows, points.scales, packing);
  if (!bounds_hold(packed)) return TiledOutcome::out_of_range;
  const RowBounds bounds = row_bounds(packed, error_model(packed, packed, packing));
  const SearchSide side{points.rows, &points.scales, &packed, &bounds};
  Candidates candidates(side, side, metric, lists.indices.cols() - 1);

  const Blocks blocks(packed.padded_rows());
  const std::size_t teams = blocks.count() + blocks.count() % 2;
  const std::size_t depth = packing.depth();
  parallel_for(blocks.count(), 1, [&](std::size_t block, std::size_t) {
    run_tile({side, side, candidates, nullptr, true}, kernel, depth, blocks.range(block),
             blocks.range(block));
  });
  for (std::size_t round = 0; round + 1 < teams; ++round) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"neighbours", points.rows.rows() * round / teams, points.rows.rows(), "rows"});
    parallel_for(teams / 2, 1, [&](std::size_t match, std::size_t) {
      const auto [a, b] = tournament_pair(teams, round, match);
      if (b >= blocks.count()) return;  // an odd number of blocks: one rests
      run_tile({side, side, candidates, &candidates, false}, kernel, depth, blocks.range(a),
               blocks.range(b));
    });
  }
  parallel_for(points.rows.rows(), kRowsPerFinish, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      candidates.finish(i, lists.indices.row(i) + 1, lists.distances.row(i) + 1);
    }
  });
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
    const Blocks blocks(packed.padded_rows());
    parallel_for(blocks.count(), 1, [&](std::size_t block, std::size_t) {
      const Range range = blocks.range(block);
      run_tile({query_side, point_side, candidates, nullptr, false}, kernel, packing.depth(), range,
               {0, packed_points.padded_rows()});
      for (std::size_t i = range.begin; i < std::min(range.end, rows.rows()); ++i) {
        candidates.finish(i, lists.indices.row(first + i), lists.distances.row(first + i));
      }
    });
  }
  return TiledOutcome::done;
}

}  // namespace clipcluster::neighbors
