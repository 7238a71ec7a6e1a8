#include "tuning/agreement.h"

#include <algorithm>
#include <cassert>

namespace clipcluster::tuning {
namespace {

std::size_t count_labels(std::span<const std::int32_t> labels, std::vector<std::uint32_t>& counts) {
  const std::int32_t greatest = labels.empty() ? -1 : *std::max_element(labels.begin(), labels.end());
  counts.assign(static_cast<std::size_t>(greatest + 2), 0);
  for (const std::int32_t label : labels) ++counts[static_cast<std::size_t>(label + 1)];
  return counts.size();
}

double pairs(double count) { return count * (count - 1.0) / 2.0; }

double pairs_in(const std::vector<std::uint32_t>& counts) {
  double sum = 0.0;
  for (const std::uint32_t count : counts) sum += pairs(count);
  return sum;
}

}  // namespace

double Agreement::operator()(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  assert(a.size() == b.size());
  const std::size_t rows = count_labels(a, rows_);
  const std::size_t columns = count_labels(b, columns_);
  if (table_.size() < rows * columns) table_.resize(rows * columns, 0);
  const auto cell = [&](std::size_t i) -> std::uint32_t& {
    return table_[static_cast<std::size_t>(a[i] + 1) * columns + static_cast<std::size_t>(b[i] + 1)];
  };
  // A pair of points counts when its second point comes to a cell.
  std::uint64_t together = 0;
  for (std::size_t i = 0; i < a.size(); ++i) together += cell(i)++;
  for (std::size_t i = 0; i < a.size(); ++i) cell(i) = 0;
  const double in_a = pairs_in(rows_);
  const double in_b = pairs_in(columns_);
  const double all = pairs(static_cast<double>(a.size()));
  if (all == 0.0) return 1.0;
  const double expected = in_a * in_b / all;
  const double most = (in_a + in_b) / 2.0;
  return most == expected ? 1.0 : (static_cast<double>(together) - expected) / (most - expected);
}

}  // namespace clipcluster::tuning
