#include "neighbors/candidates.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace clipcluster::neighbors {
namespace {

constexpr float kNoLimit = std::numeric_limits<float>::max();  // not infinity: padding is that far

// Room for k, as many again that the error bound cannot tell apart, and a batch of new ones.
std::size_t capacity_for(std::size_t k) { return (2 * k + 96 + 15) / 16 * 16; }

}  // namespace

Candidates::Candidates(const SearchSide& rows, const SearchSide& columns, Metric metric, std::size_t k)
    : rows_(rows),
      columns_side_(columns),
      metric_(metric),
      kernels_(row_kernels()),
      k_(k),
      capacity_(capacity_for(k)),
      limits_(rows.packed->padded_rows(), -kNoLimit),
      last_useful_(rows.rows.rows(), std::numeric_limits<std::int32_t>::max()),
      counts_(rows.rows.rows(), 0),
      bounds_(rows.rows.rows(), capacity_),
      columns_(rows.rows.rows(), capacity_) {
  std::fill_n(limits_.begin(), rows.rows.rows(), kNoLimit);
}

float Candidates::exact_key_of(std::size_t row, std::int32_t column) const {
  const auto j = static_cast<std::size_t>(column);
  return exact_key(rows_.rows.row(row), (*rows_.scales)[row], columns_side_.rows.row(j),
                   (*columns_side_.scales)[j], rows_.rows.cols(), kernels_);
}

Neighbor Candidates::exact(std::size_t row, std::int32_t column) const {
  return {key_to_distance(exact_key_of(row, column), metric_), column};
}

// A limit that a key with the same reported distance does not exceed: distances are rounded, and ties
// go by index.
float Candidates::limit_above(float key) const {
  if (metric_ == Metric::cosine && key > 1.99F) return kNoLimit;
  return key * (1.0F + 0x1p-18F);
}

void Candidates::lower_limit_by_bounds(std::size_t row) {
  const float error = 2.0F * rows_.bounds->errors[row];
  const float spread = 2.0F * rows_.bounds->spread[row];
  std::vector<float> upper(counts_[row]);
  for (std::size_t c = 0; c < upper.size(); ++c) {
    const auto j = static_cast<std::size_t>(columns_(row, c));
    const float width =
        error * columns_side_.bounds->errors[j] + (spread + 2.0F * columns_side_.bounds->spread[j]);
    upper[c] = bounds_(row, c) + width;
  }
  const auto kth = upper.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
  std::nth_element(upper.begin(), kth, upper.end());
  limits_[row] = std::min(limits_[row], limit_above(std::max(*kth, 0.0F)));
}

// Replaces the candidates by the k that are exactly nearest among them.
void Candidates::keep_nearest(std::size_t row) {
  std::vector<Neighbor> nearest(counts_[row]);
  for (std::size_t c = 0; c < nearest.size(); ++c) nearest[c] = exact(row, columns_(row, c));
  std::sort(nearest.begin(), nearest.end());
  nearest.resize(k_);
  for (std::size_t c = 0; c < k_; ++c) {
    bounds_(row, c) = exact_key_of(row, nearest[c].index);
    columns_(row, c) = nearest[c].index;
  }
  counts_[row] = static_cast<std::uint32_t>(k_);
  limits_[row] = std::min(limits_[row], limit_above(bounds_(row, k_ - 1)));
  // Nothing is nearer than 0, so only a smaller index could displace one of k duplicates.
  if (nearest.back().distance == 0.0F) last_useful_[row] = nearest.back().index;
}

void Candidates::tighten(std::size_t row) {
  lower_limit_by_bounds(row);
  std::uint32_t kept = 0;
  for (std::size_t c = 0; c < counts_[row]; ++c) {
    if (bounds_(row, c) > limits_[row]) continue;
    bounds_(row, kept) = bounds_(row, c);
    columns_(row, kept++) = columns_(row, c);
  }
  counts_[row] = kept;
  if (kept > capacity_ - capacity_ / 4) keep_nearest(row);
}

void Candidates::finish(std::size_t row, std::int32_t* indices, float* distances) const {
  std::vector<std::pair<float, std::int32_t>> order(counts_[row]);
  for (std::size_t c = 0; c < order.size(); ++c) order[c] = {bounds_(row, c), columns_(row, c)};
  std::sort(order.begin(), order.end());
  NearestHeap nearest(k_);
  for (const auto& [bound, column] : order) {
    // The rest is farther by its lower bound already.
    if (nearest.full() && key_to_distance(std::max(bound, 0.0F), metric_) > nearest.worst().distance) break;
    nearest.offer(exact(row, column));
  }
  nearest.take_sorted(indices, distances);
}

}  // namespace clipcluster::neighbors
