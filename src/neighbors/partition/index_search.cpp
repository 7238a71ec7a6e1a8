#include "neighbors/partition/index_search.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace clipcluster::neighbors {
namespace {

// Finite: padding is infinitely far.
constexpr float kNoLimit = std::numeric_limits<float>::max();

std::size_t panels_of(const CompactRows& compact, std::size_t cell) {
  return static_cast<std::size_t>(compact.cell_panels.data()[cell + 1] - compact.cell_panels.data()[cell]);
}

}  // namespace

// A sixth of the rows, up to a number that keeps a search near a millisecond.
SearchEffort usual_effort(std::size_t points, std::size_t k) {
  const std::size_t rows = std::clamp<std::size_t>(points / 6, 8192, 131'072);
  return {std::max(rows, 16 * k), std::max<std::size_t>(200, 6 * k)};
}

IndexSearch::IndexSearch(const NeighborIndex::Parts& parts, std::size_t k, SearchEffort effort)
    : parts_(parts),
      k_(k),
      effort_(effort),
      kernels_(row_kernels()),
      scan_(code_scan_kernel()),
      centred_(1, parts.projection.dimensions()),
      projected_(1, parts.projection.size()),
      cell_keys_(1, parts.centres.padded()),
      cells_(parts.compact.cell_panels.cols() - 1),
      hits_(kMostPanelsAtOnce * kCodeRows),
      heap_(k) {
  candidates_.reserve(2 * effort.candidates + hits_.size());
}

bool IndexSearch::encode(const float* query, float scale) {
  parts_.projection.centred(query, scale, centred_.data());
  parts_.projection.project(centred_.data(), 1, projected_.data());
  return encode_query(projected_.data(), projected_.cols(), codes_);
}

void IndexSearch::order_cells() {
  parts_.centres.keys(projected_.data(), 1, cell_keys_.data());
  const float* keys = cell_keys_.data();
  std::iota(cells_.begin(), cells_.end(), 0U);
  std::sort(cells_.begin(), cells_.end(), [keys](std::uint32_t a, std::uint32_t b) {
    return keys[a] < keys[b] || (keys[a] == keys[b] && a < b);
  });
}

// Leaves the nearest candidates, and no others are wanted from now on.
void IndexSearch::keep_best() {
  if (candidates_.size() <= effort_.candidates) return;
  const auto last = candidates_.begin() + static_cast<std::ptrdiff_t>(effort_.candidates - 1);
  std::nth_element(candidates_.begin(), last, candidates_.end());
  limit_ = last->key;
  candidates_.resize(effort_.candidates);
}

void IndexSearch::scan_cell(std::size_t cell) {
  const CompactRows& compact = parts_.compact;
  const auto end = static_cast<std::size_t>(compact.cell_panels.data()[cell + 1]);
  for (auto panel = static_cast<std::size_t>(compact.cell_panels.data()[cell]); panel < end;) {
    const std::size_t count = std::min(kMostPanelsAtOnce, end - panel);
    const CodeScan scan{reinterpret_cast<const std::int8_t*>(compact.codes.row(panel)),
                        compact.scales.row(panel),
                        compact.half_norms.row(panel),
                        count,
                        codes_.pairs.size(),
                        codes_.pairs.data(),
                        codes_.scale,
                        limit_};
    const std::size_t found = scan_(scan, hits_.data());
    const std::size_t first_slot = panel * kCodeRows;
    for (std::size_t h = 0; h < found; ++h) {
      candidates_.push_back({hits_[h].key, static_cast<std::uint32_t>(first_slot) + hits_[h].row});
    }
    if (candidates_.size() >= 2 * effort_.candidates) keep_best();
    panel += count;
  }
}

void IndexSearch::scan_cells() {
  limit_ = kNoLimit;
  candidates_.clear();
  std::size_t scanned = 0;
  for (const std::uint32_t cell : cells_) {
    if (scanned >= effort_.rows_scanned) break;
    scan_cell(cell);
    scanned += panels_of(parts_.compact, cell) * kCodeRows;
  }
  keep_best();
}

float IndexSearch::exact_key_of(const float* query, float scale, std::int32_t number) const {
  const float* row = parts_.points.row(static_cast<std::size_t>(number));
  const std::size_t d = parts_.points.cols();
  return exact_key(query, scale, row, row_scale(row, d, parts_.metric, kernels_), d, kernels_);
}

void IndexSearch::measure(const float* query, float scale, std::int32_t number) {
  heap_.offer({key_to_distance(exact_key_of(query, scale, number), parts_.metric), number});
}

// Where the first row equal to the query is, or -1. Among very many almost equal rows it could miss being
// a candidate. It lies in the query's own cell and has the same norm: both come from the same arithmetic.
std::int64_t IndexSearch::equal_slot(const float* query, float scale) const {
  const CompactRows& compact = parts_.compact;
  const auto half_norm =
      static_cast<float>(0.5 * kernels_.sum_of_squares(centred_.data(), centred_.cols()));
  const auto end = static_cast<std::size_t>(compact.cell_panels.data()[cells_[0] + 1]) * kCodeRows;
  for (auto slot = static_cast<std::size_t>(compact.cell_panels.data()[cells_[0]]) * kCodeRows; slot < end;
       ++slot) {
    if (compact.half_norms.data()[slot] == half_norm &&
        exact_key_of(query, scale, compact.numbers.data()[slot]) == 0.0F)
      return static_cast<std::int64_t>(slot);
  }
  return -1;
}

bool IndexSearch::run(const float* query, float scale, std::int32_t* indices, float* distances) {
  if (!encode(query, scale)) return false;
  order_cells();
  scan_cells();
  const std::int64_t equal = equal_slot(query, scale);
  if (equal >= 0) measure(query, scale, parts_.compact.numbers.data()[equal]);
  for (const Candidate& candidate : candidates_) {
    if (candidate.slot != equal) measure(query, scale, parts_.compact.numbers.data()[candidate.slot]);
  }
  const SharedMatrix<std::int32_t>& zero_rows = parts_.zero_rows;
  for (std::size_t i = 0; i < std::min(k_, zero_rows.cols()); ++i) {
    measure(query, scale, zero_rows.data()[i]);
  }
  if (!heap_.full()) {
    heap_.clear();
    return false;
  }
  heap_.take_sorted(indices, distances);
  return true;
}

}  // namespace clipcluster::neighbors
