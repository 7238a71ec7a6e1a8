#include "neighbors/candidates.h"

#include <algorithm>
#include <array>
#include <utility>

namespace clipcluster::neighbors {
namespace {

constexpr float kNoLimit = std::numeric_limits<float>::max();  // not infinity: padding is that far

// Room for k, as many again that the error bound cannot tell apart, and a batch of new ones.
std::size_t capacity_for(std::size_t k) { return (3 * k + 80 + 15) / 16 * 16; }

}  // namespace

Candidates::Candidates(const SearchSide& rows, const SearchSide& columns, Metric metric, std::size_t k)
    : rows_(rows),
      columns_side_(columns),
      metric_(metric),
      row_kernels_(row_kernels()),
      kernels_(candidate_kernels()),
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
                   (*columns_side_.scales)[j], rows_.rows.cols(), row_kernels_);
}

// A limit that a key with the same reported distance does not exceed: distances are rounded, and ties
// go by id.
float Candidates::limit_above(float key) const {
  if (metric_ == Metric::cosine && key > 1.99F) return kNoLimit;
  return key * (1.0F + 0x1p-18F);
}

void Candidates::lower_limit_by_bounds(std::size_t row) {
  const RowBounds& columns = *columns_side_.bounds;
  WidthTerms terms;
  terms.column_errors = columns.errors.data();
  terms.error = 2.0F * rows_.bounds->errors[row];
  terms.square = 2.0F * columns.spread_per_square;
  terms.rest = 2.0F * (rows_.bounds->spread[row] + static_cast<float>(ErrorModel::slack));
  const std::size_t count = counts_[row];
  const std::size_t exact = exact_counts_[row];
  thread_local std::vector<float> upper;
  upper.resize(capacity_);
  std::copy_n(bounds_.row(row), exact, upper.begin());
  kernels_.add_widths(bounds_.row(row) + exact, columns_.row(row) + exact, count - exact, terms,
                      upper.data() + exact);
  limits_[row] = std::min(limits_[row], limit_above(kernels_.kth_smallest(upper.data(), count, k_)));
}

void Candidates::drop_beyond_limit(std::size_t row) {
  float* bounds = bounds_.row(row);
  const auto within_limit = [&](float bound) { return bound <= limits_[row]; };
  // They come first and stay first.
  exact_counts_[row] =
      static_cast<std::uint32_t>(std::count_if(bounds, bounds + exact_counts_[row], within_limit));
  counts_[row] = static_cast<std::uint32_t>(
      kernels_.keep_at_most(limits_[row], counts_[row], bounds, columns_.row(row)));
}

// Replaces the bounds of candidates first.. by their exact keys.
void Candidates::measure(std::size_t row, std::size_t first, std::size_t end) {
  constexpr std::size_t kAhead = 2;
  const std::int32_t* columns = columns_.row(row);
  for (std::size_t c = first; c < std::min(end, first + kAhead); ++c) prefetch(columns[c]);
  for (std::size_t c = first; c < end; ++c) {
    if (c + kAhead < end) prefetch(columns[c + kAhead]);
    bounds_(row, c) = exact_key_of(row, columns[c]);
  }
}

// Of the first `count` candidates, whose keys are exact, the k nearest in order.
const std::vector<Candidates::Measured>& Candidates::nearest_of(std::size_t row, std::size_t count) const {
  thread_local std::vector<Measured> measured;
  measured.resize(count);
  for (std::size_t c = 0; c < count; ++c) {
    const std::int32_t column = columns_(row, c);
    const auto id = static_cast<std::int32_t>(columns_side_.id(static_cast<std::size_t>(column)));
    measured[c] = {{key_to_distance(bounds_(row, c), metric_), id}, bounds_(row, c), column};
  }
  const auto nearer = [](const Measured& a, const Measured& b) { return a.neighbor < b.neighbor; };
  const auto end = measured.begin() + static_cast<std::ptrdiff_t>(k_);
  if (count > k_) std::nth_element(measured.begin(), end, measured.end(), nearer);
  std::sort(measured.begin(), end, nearer);
  return measured;
}

// Moves candidates whose bound is at most `limit` to the front, from place `first` on. Returns their end.
std::size_t Candidates::gather_below(std::size_t row, std::size_t first, float limit) {
  float* bounds = bounds_.row(row);
  std::int32_t* columns = columns_.row(row);
  std::size_t end = first;
  for (std::size_t c = first; c < counts_[row]; ++c) {
    if (!(bounds[c] <= limit)) continue;
    std::swap(bounds[c], bounds[end]);
    std::swap(columns[c], columns[end++]);
  }
  return end;
}

// The k nearest candidates in order. At first those are measured that are nearest by their bounds; then
// those that could still be nearer than the k-th of these.
const std::vector<Candidates::Measured>& Candidates::nearest(std::size_t row) {
  const float likely = kernels_.kth_smallest(bounds_.row(row), counts_[row], k_);
  const std::size_t first = exact_counts_[row];
  const std::size_t middle = gather_below(row, first, likely);
  measure(row, first, middle);
  const float worst = kernels_.kth_smallest(bounds_.row(row), middle, k_);
  const std::size_t end = gather_below(row, middle, limit_above(worst));
  measure(row, middle, end);
  return nearest_of(row, end);
}

void Candidates::keep_nearest(std::size_t row) {
  const std::vector<Measured>& kept = nearest(row);
  for (std::size_t c = 0; c < k_; ++c) {
    bounds_(row, c) = kept[c].key;
    columns_(row, c) = kept[c].column;
  }
  counts_[row] = static_cast<std::uint32_t>(k_);
  exact_counts_[row] = counts_[row];
  const Measured& last = kept[k_ - 1];
  limits_[row] = std::min(limits_[row], limit_above(last.key));
  // Nothing is nearer than 0, so only a smaller id could displace one of k duplicates.
  if (last.neighbor.distance == 0.0F) last_useful_[row] = last.neighbor.index;
}

void Candidates::tighten(std::size_t row) {
  lower_limit_by_bounds(row);
  drop_beyond_limit(row);
  if (counts_[row] > capacity_ - capacity_ / 8) keep_nearest(row);
}

void Candidates::finish(std::size_t row, std::int32_t* ids, float* distances) {
  if (counts_[row] > k_) {
    lower_limit_by_bounds(row);
    drop_beyond_limit(row);
  }
  const std::vector<Measured>& result = nearest(row);
  for (std::size_t j = 0; j < k_; ++j) {
    ids[j] = result[j].neighbor.index;
    distances[j] = result[j].neighbor.distance;
  }
}

// Brings a row to the cache that is measured soon.
void Candidates::prefetch(std::int32_t column) const {
  const float* row = columns_side_.rows.row(columns_side_.id(static_cast<std::size_t>(column)));
  for (std::size_t k = 0; k < columns_side_.rows.cols(); k += 16) __builtin_prefetch(row + k);
}

}  // namespace clipcluster::neighbors
