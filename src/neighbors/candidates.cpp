#include "neighbors/candidates.h"

#include <algorithm>
#include <array>
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
      last_useful_(rows.packed->rows, kAnyId),
      counts_(rows.packed->rows, 0),
      exact_counts_(rows.packed->rows, 0),
      bounds_(rows.packed->rows, capacity_),
      columns_(rows.packed->rows, capacity_) {
  std::fill_n(limits_.begin(), rows.packed->rows, kNoLimit);
}

float Candidates::exact_key_of(std::size_t row, std::int32_t column) const {
  const std::size_t i = rows_.id(row);
  const std::size_t j = columns_side_.id(static_cast<std::size_t>(column));
  return exact_key(rows_.rows.row(i), (*rows_.scales)[i], columns_side_.rows.row(j),
                   (*columns_side_.scales)[j], rows_.rows.cols(), kernels_);
}

// A limit that a key with the same reported distance does not exceed: distances are rounded, and ties
// go by id.
float Candidates::limit_above(float key) const {
  if (metric_ == Metric::cosine && key > 1.99F) return kNoLimit;
  return key * (1.0F + 0x1p-18F);
}

void Candidates::lower_limit_by_bounds(std::size_t row) {
  const float error = 2.0F * rows_.bounds->errors[row];
  const float spread = 2.0F * rows_.bounds->spread[row];
  thread_local std::vector<float> upper;
  const std::size_t count = counts_[row];
  upper.resize(count);
  const float* bounds = bounds_.row(row);
  const std::int32_t* columns = columns_.row(row);
  const std::size_t exact = exact_counts_[row];
  std::copy_n(bounds, exact, upper.begin());
  for (std::size_t c = exact; c < count; ++c) {
    const auto j = static_cast<std::size_t>(columns[c]);
    const float width =
        error * columns_side_.bounds->errors[j] + (spread + 2.0F * columns_side_.bounds->spread[j]);
    upper[c] = bounds[c] + width;
  }
  const auto kth = upper.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
  std::nth_element(upper.begin(), kth, upper.end());
  limits_[row] = std::min(limits_[row], limit_above(std::max(*kth, 0.0F)));
}

void Candidates::drop_beyond_limit(std::size_t row) {
  const float limit = limits_[row];
  float* bounds = bounds_.row(row);
  std::int32_t* columns = columns_.row(row);
  std::uint32_t kept = 0;
  std::uint32_t kept_exact = 0;
  for (std::size_t c = 0; c < counts_[row]; ++c) {
    const bool keep = bounds[c] <= limit;
    bounds[kept] = bounds[c];
    columns[kept] = columns[c];
    kept += keep ? 1 : 0;
    kept_exact += keep && c < exact_counts_[row] ? 1 : 0;
  }
  counts_[row] = kept;
  exact_counts_[row] = kept_exact;
}

// Replaces the candidates by the k that are exactly nearest among them.
void Candidates::keep_nearest(std::size_t row) {
  struct Entry {
    Neighbor neighbor;
    float key;
    std::int32_t column;
  };
  thread_local std::vector<Entry> entries;
  entries.resize(counts_[row]);
  for (std::size_t c = 0; c < entries.size(); ++c) {
    const std::int32_t column = columns_(row, c);
    const float key = c < exact_counts_[row] ? bounds_(row, c) : exact_key_of(row, column);
    const auto id = static_cast<std::int32_t>(columns_side_.id(static_cast<std::size_t>(column)));
    entries[c] = {{key_to_distance(key, metric_), id}, key, column};
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.neighbor < b.neighbor; });
  for (std::size_t c = 0; c < k_; ++c) {
    bounds_(row, c) = entries[c].key;
    columns_(row, c) = entries[c].column;
  }
  counts_[row] = static_cast<std::uint32_t>(k_);
  exact_counts_[row] = counts_[row];
  const Entry& last = entries[k_ - 1];
  limits_[row] = std::min(limits_[row], limit_above(last.key));
  // Nothing is nearer than 0, so only a smaller id could displace one of k duplicates.
  if (last.neighbor.distance == 0.0F) last_useful_[row] = last.neighbor.index;
}

void Candidates::tighten(std::size_t row) {
  lower_limit_by_bounds(row);
  drop_beyond_limit(row);
  if (counts_[row] > capacity_ - capacity_ / 4) keep_nearest(row);
}

void Candidates::finish(std::size_t row, std::int32_t* ids, float* distances) const {
  struct Entry {
    float bound;
    std::int32_t column;
    bool exact;
  };
  thread_local std::vector<Entry> order;
  order.resize(counts_[row]);
  for (std::size_t c = 0; c < order.size(); ++c) {
    order[c] = {bounds_(row, c), columns_(row, c), c < exact_counts_[row]};
  }
  std::sort(order.begin(), order.end(), [](const Entry& a, const Entry& b) { return a.bound < b.bound; });
  NearestHeap nearest(k_);
  for (const Entry& entry : order) {
    // The rest is farther by its lower bound already.
    if (nearest.full() &&
        key_to_distance(std::max(entry.bound, 0.0F), metric_) > nearest.worst().distance) {
      break;
    }
    const float key = entry.exact ? entry.bound : exact_key_of(row, entry.column);
    const std::size_t id = columns_side_.id(static_cast<std::size_t>(entry.column));
    nearest.offer({key_to_distance(key, metric_), static_cast<std::int32_t>(id)});
  }
  nearest.take_sorted(ids, distances);
}

}  // namespace clipcluster::neighbors
