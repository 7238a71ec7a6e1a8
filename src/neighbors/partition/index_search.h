// One query through the cells of an index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "neighbors/partition/codes.h"
#include "neighbors/partition/index_parts.h"
#include "neighbors/rows.h"

namespace clipcluster::neighbors {

// How far a search goes; more is slower and finds more of the true neighbours.
struct SearchEffort {
  std::size_t rows_scanned;  // cells are visited, nearest first, until they hold so many rows
  std::size_t candidates;    // the nearest by compact form, which are then measured exactly
};
SearchEffort usual_effort(std::size_t points, std::size_t k);

// Room that a thread uses for one query after another.
class IndexSearch {
 public:
  IndexSearch(const NeighborIndex::Parts& parts, std::size_t k, SearchEffort effort);

  // The k nearest, to indices and distances; false when the values are too large for the compact form.
  bool run(const float* query, float scale, std::int32_t* indices, float* distances);

 private:
  struct Candidate {
    float key;
    std::uint32_t slot;  // through all panels
    friend bool operator<(const Candidate& a, const Candidate& b) {
      return a.key < b.key || (a.key == b.key && a.slot < b.slot);
    }
  };
  bool encode(const float* query, float scale);
  void order_cells();
  void scan_cells();
  void scan_cell(std::size_t cell);
  void keep_best();
  std::int64_t equal_slot(const float* query, float scale) const;
  float exact_key_of(const float* query, float scale, std::int32_t number) const;
  void measure(const float* query, float scale, std::int32_t number);

  const NeighborIndex::Parts& parts_;
  std::size_t k_;
  SearchEffort effort_;
  RowKernels kernels_;
  CodeScanFunction scan_;
  MatrixF centred_;    // [1, d]
  MatrixF projected_;  // [1, size]
  MatrixF cell_keys_;  // [1, padded cells]
  QueryCodes codes_;
  std::vector<std::uint32_t> cells_;
  std::vector<CodeHit> hits_;
  std::vector<Candidate> candidates_;
  float limit_ = 0.0F;
  NearestHeap heap_;
};

}  // namespace clipcluster::neighbors
