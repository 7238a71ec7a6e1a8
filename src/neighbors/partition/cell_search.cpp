#include "neighbors/partition/cell_search.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "neighbors/partition/own_codes.h"

namespace clipcluster::neighbors {
namespace {

constexpr float kNoLimit = std::numeric_limits<float>::max();
constexpr std::size_t kPanelsAtOnce = 8;  // 16 KB of codes at 128 dimensions: all queries read them in L1

}  // namespace

CellSearch::CellSearch(const NeighborIndex::Parts& parts, const ScaledRows& points, CellSearchEffort effort)
    : parts_(parts),
      points_(points),
      effort_(effort),
      kernels_(row_kernels()),
      tile_(code_tile_kernel()),
      centre_(1, parts.projection.size()),
      cell_keys_(1, parts.centres.padded()),
      cells_(parts.compact.cell_panels.cols() - 1),
      hits_(kPanelsAtOnce * kCodeRows * kTileQueries) {}

void CellSearch::start_queries(std::size_t first_panel, std::size_t end_panel) {
  const CompactRows& compact = parts_.compact;
  const std::size_t most = (end_panel - first_panel) * kCodeRows;
  const std::size_t pairs = compact.codes.cols() / (2 * kCodeRows);
  query_count_ = 0;
  if (queries_.size() < most) queries_.resize(most);
  pairs_.assign((most + kTileQueries) * pairs, 0);
  scales_.assign(most + kTileQueries, 0.0F);
  limits_.assign(most + kTileQueries, kNoLimit);
  for (std::size_t slot = first_panel * kCodeRows; slot < end_panel * kCodeRows; ++slot) {
    if (compact.numbers.data()[slot] < 0) continue;
    read_query(compact, slot, pairs_.data() + query_count_ * pairs);
    scales_[query_count_] = compact.scales.data()[slot];
    queries_[query_count_].slot = slot;
    queries_[query_count_++].candidates.clear();
  }
}

void CellSearch::order_cells(std::size_t cell) {
  const float* panel = parts_.centres.panels.row(cell / 16);
  for (std::size_t k = 0; k < centre_.cols(); ++k) centre_(0, k) = panel[k * 16 + cell % 16];
  parts_.centres.keys(centre_.data(), 1, cell_keys_.data());
  const float* keys = cell_keys_.data();
  std::iota(cells_.begin(), cells_.end(), 0U);
  std::sort(cells_.begin(), cells_.end(), [keys, cell](std::uint32_t a, std::uint32_t b) {
    if ((a == cell) != (b == cell)) return a == cell;
    return keys[a] < keys[b] || (keys[a] == keys[b] && a < b);
  });
}

void CellSearch::keep_best(std::size_t query) {
  std::vector<Candidate>& candidates = queries_[query].candidates;
  if (candidates.size() <= effort_.candidates) return;
  const auto last = candidates.begin() + static_cast<std::ptrdiff_t>(effort_.candidates - 1);
  std::nth_element(candidates.begin(), last, candidates.end());
  limits_[query] = last->key;
  candidates.resize(effort_.candidates);
}

void CellSearch::scan_tile(std::size_t first_query, std::size_t panel, std::size_t count) {
  const CompactRows& compact = parts_.compact;
  const std::size_t pairs = compact.codes.cols() / (2 * kCodeRows);
  const CodeTile tile{reinterpret_cast<const std::int8_t*>(compact.codes.row(panel)),
                      compact.scales.row(panel),
                      compact.half_norms.row(panel),
                      count,
                      pairs,
                      pairs_.data() + first_query * pairs,
                      scales_.data() + first_query,
                      limits_.data() + first_query,
                      std::min(kTileQueries, query_count_ - first_query)};
  const std::size_t found = tile_(tile, hits_.data());
  for (std::size_t h = 0; h < found; ++h) {
    const std::size_t slot = panel * kCodeRows + hits_[h].row;
    Query& query = queries_[first_query + hits_[h].query];
    if (slot != query.slot) query.candidates.push_back({hits_[h].key, static_cast<std::uint32_t>(slot)});
  }
  for (std::size_t q = first_query; q < first_query + tile.query_count; ++q) {
    if (queries_[q].candidates.size() >= 2 * effort_.candidates) keep_best(q);
  }
}

void CellSearch::scan_panels(std::size_t first, std::size_t end) {
  for (std::size_t panel = first; panel < end; panel += kPanelsAtOnce) {
    const std::size_t count = std::min(kPanelsAtOnce, end - panel);
    for (std::size_t q = 0; q < query_count_; q += kTileQueries) scan_tile(q, panel, count);
  }
}

// Of a cell that holds more rows than may be looked at, so many duplicates, the part around the rows
// themselves, or the first part.
void CellSearch::scan_cells(std::size_t first_panel) {
  const std::int32_t* begins = parts_.compact.cell_panels.data();
  const std::size_t most = (effort_.rows_scanned + kCodeRows - 1) / kCodeRows;
  std::size_t scanned = 0;
  for (const std::uint32_t cell : cells_) {
    if (scanned >= most) break;
    auto begin = static_cast<std::size_t>(begins[cell]);
    auto end = static_cast<std::size_t>(begins[cell + 1]);
    if (end - begin > most) {
      const bool own = begin <= first_panel && first_panel < end;
      if (own) begin = std::max(begin, std::min(first_panel - std::min(first_panel, most / 2), end - most));
      end = begin + most;
    }
    scan_panels(begin, end);
    scanned += end - begin;
  }
}

void CellSearch::measure(const Query& query, NeighborLists& lists) {
  const std::int32_t* numbers = parts_.compact.numbers.data();
  const auto row = static_cast<std::size_t>(numbers[query.slot]);
  const std::size_t count = lists.indices.cols();
  std::fill_n(lists.indices.row(row), count, -1);
  std::fill_n(lists.distances.row(row), count, std::numeric_limits<float>::infinity());
  NearestHeap heap(count);
  for (const Candidate& candidate : query.candidates) {
    const auto other = static_cast<std::size_t>(numbers[candidate.slot]);
    const float key = exact_key(points_.rows.row(row), points_.scales[row], points_.rows.row(other),
                                points_.scales[other], points_.rows.cols(), kernels_);
    heap.offer({key_to_distance(key, parts_.metric), static_cast<std::int32_t>(other)});
  }
  heap.take_sorted(lists.indices.row(row), lists.distances.row(row));
}

void CellSearch::run(std::size_t cell, std::size_t first_panel, std::size_t end_panel,
                     NeighborLists& lists) {
  start_queries(first_panel, end_panel);
  order_cells(cell);
  scan_cells(first_panel);
  for (std::size_t q = 0; q < query_count_; ++q) {
    keep_best(q);
    measure(queries_[q], lists);
  }
}

}  // namespace clipcluster::neighbors
