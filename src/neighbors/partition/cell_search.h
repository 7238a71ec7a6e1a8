// First neighbours of all rows of a partition: each panel's rows against the cells around their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "neighbors/partition/index_parts.h"
#include "neighbors/partition/scan_kernels.h"
#include "neighbors/rows.h"
#include "neighbors/tiled_search.h"

namespace clipcluster::neighbors {

struct CellSearchEffort {
  std::size_t rows_scanned;  // the cells around a row's own, nearest first, until they hold so many rows
  std::size_t candidates;    // the nearest by compact form, which are then measured exactly
};

// Works on a stretch of panels of one cell at a time.
class CellSearch {
 public:
  CellSearch(const NeighborIndex::Parts& parts, const ScaledRows& points, CellSearchEffort effort);

  // Rows [first_panel, end_panel) of `cell`. lists: [n, count]; the row itself is left out of its own.
  // Where fewer than `count` rows were found, the rest of the indices is -1.
  void run(std::size_t cell, std::size_t first_panel, std::size_t end_panel, NeighborLists& lists);

 private:
  struct Candidate {
    float key;
    std::uint32_t slot;
    friend bool operator<(const Candidate& a, const Candidate& b) {
      return a.key < b.key || (a.key == b.key && a.slot < b.slot);
    }
  };
  struct Query {
    std::size_t slot = 0;
    std::vector<Candidate> candidates;
  };
  void start_queries(std::size_t first_panel, std::size_t end_panel);
  void order_cells(std::size_t cell);
  void scan_cells(std::size_t first_panel);
  void scan_panels(std::size_t first, std::size_t end);
  void scan_tile(std::size_t first_query, std::size_t panel, std::size_t count);
  void keep_best(std::size_t query);
  void measure(const Query& query, NeighborLists& lists);

  const NeighborIndex::Parts& parts_;
  ScaledRows points_;
  CellSearchEffort effort_;
  RowKernels kernels_;
  CodeTileFunction tile_;
  MatrixF centre_;
  MatrixF cell_keys_;
  std::vector<std::uint32_t> cells_;
  std::vector<Query> queries_;
  std::size_t query_count_ = 0;
  std::vector<std::int32_t> pairs_;  // of each query, and of some that are not asked
  std::vector<float> scales_;
  std::vector<float> limits_;
  std::vector<CodeTileHit> hits_;
};

}  // namespace clipcluster::neighbors
