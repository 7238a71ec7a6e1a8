// The k nearest neighbours of points: exact (the answer that computing every distance would give, to the
// last bit; docs/neighbors.md) or, for very many points and for single queries, nearly so
// (docs/neighbors-index.md). The same bytes at any thread count and with any instruction set.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
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

enum class NeighborSearch {
  automatic,    // exact up to 300,000 points, approximate above
  exact,        // all pairs: n^2 d operations
  approximate,  // little more than linear in n: at least 98 of 100 neighbours are the true ones on data
                // like embeddings, and every distance is exact; exact when there are few points (about
                // 2,000)
};
const char* neighbor_search_name(NeighborSearch search);  // "auto", "exact", "approximate"
Result<NeighborSearch> parse_neighbor_search(std::string_view name);

struct NeighborOptions {
  int k = 15;  // 1 <= k; more than there are rows is capped at the number of rows
  Metric metric = Metric::euclidean;
  NeighborSearch search = NeighborSearch::automatic;  // of nearest_neighbors; queries do without
};
// What nearest_neighbors does for so many points: exact or approximate.
NeighborSearch resolved_search(const NeighborOptions& options, std::uint64_t points);

// Neighbours of n points: both matrices are [n, k], nearest first, ties by smaller index.
struct NeighborLists {
  MatrixI indices;
  MatrixF distances;
};

// points: [n, d], n >= 1, finite. Each point's own index comes first at distance 0, as in
// umap-learn, also among exact duplicates; so k counts the point itself. Exact or approximate as
// options.search says.
// Deterministic: a distance depends on its two rows only; that of equal rows is exactly 0.
// invalid_argument when there is no point, k < 1, or a row is not finite (the message names it);
// values beyond about 1e18 are too large for squares in float32; resource_limit when there is no room
// for nearest_neighbors_memory.
Result<NeighborLists> nearest_neighbors(MatrixView<const float> points, const NeighborOptions& options,
                                        Progress& progress = Progress::none());

// Bytes that nearest_neighbors needs for n points of d columns over the points themselves, at most; the
// lists that it returns are among them.
std::uint64_t nearest_neighbors_memory(std::uint64_t n, std::uint64_t d, const NeighborOptions& options);

// The k nearest rows of `points` for every row of `queries` ([m, d]); no self. A query's answer does
// not depend on the other queries. Up to 24 queries are one pass over the points each, with nothing
// prepared; more are packed and tiled. Errors as above, and when the columns differ.
Result<NeighborLists> query_neighbors(MatrixView<const float> points, MatrixView<const float> queries,
                                      const NeighborOptions& options,
                                      Progress& progress = Progress::none());

struct NeighborIndexOptions {
  std::uint64_t seed = 42;
};

// A structure that finds the neighbours of a new vector in well under a millisecond: rows in compact form,
// grouped into cells (docs/neighbors-index.md). Approximate: about 99 of 100 neighbours are the true ones,
// but every distance is exact, from the original rows, which it keeps. Cheap to copy; copies share.
class NeighborIndex {
 public:
  const SharedMatrix<float>& points() const;
  Metric metric() const;
  // With few rows there is nothing but the points, and searches are exact.
  bool has_cells() const;
  // Of what it holds over the points.
  std::uint64_t bytes() const;

  // Without the points.
  NamedArrays to_arrays() const;
  // `points` must be the rows that the index was built of. Shares the arrays' memory and prepares nothing,
  // so a mapped file is read only where a search looks. corrupt when arrays and points do not fit.
  static Result<NeighborIndex> from_arrays(const NamedArrays& arrays, SharedMatrix<float> points);

  struct Parts;
  explicit NeighborIndex(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  const Parts& parts() const { return *parts_; }

 private:
  std::shared_ptr<const Parts> parts_;
};

// points: [n, d], n >= 1, finite. Same input and seed: same bytes at any thread count. Errors as for
// nearest_neighbors.
Result<NeighborIndex> build_neighbor_index(SharedMatrix<float> points, Metric metric,
                                           const NeighborIndexOptions& options = {},
                                           Progress& progress = Progress::none());

// As query_neighbors over index.points(), mostly (see NeighborIndex). options.metric must be the index's.
// A query's answer does not depend on the other queries, their number or order; a query equal to a row
// finds that row first, at distance 0.
Result<NeighborLists> query_neighbors(const NeighborIndex& index, MatrixView<const float> queries,
                                      const NeighborOptions& options,
                                      Progress& progress = Progress::none());

}  // namespace clipcluster
