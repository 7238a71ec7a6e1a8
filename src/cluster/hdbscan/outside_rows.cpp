#include "cluster/hdbscan/outside_rows.h"

#include <algorithm>
#include <limits>

namespace clipcluster::hdbscan {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
void spread(std::vector<T>& values, std::span<const std::int32_t> kept, std::size_t n, T elsewhere) {
  std::vector<T> all(n, elsewhere);
  for (std::size_t i = 0; i < kept.size(); ++i) all[static_cast<std::size_t>(kept[i])] = values[i];
  values = std::move(all);
}

std::vector<std::int32_t> rows_left_out(std::span<const std::int32_t> kept, std::size_t n) {
  std::vector<std::uint8_t> is_kept(n, 0);
  for (const std::int32_t row : kept) is_kept[static_cast<std::size_t>(row)] = 1;
  std::vector<std::int32_t> rows;
  for (std::size_t i = 0; i < n; ++i) {
    if (is_kept[i] == 0) rows.push_back(static_cast<std::int32_t>(i));
  }
  return rows;
}

}  // namespace

void number_by_row(HdbscanResult& fit, std::span<const std::int32_t> kept, std::size_t n) {
  const std::vector<std::int32_t> outside = rows_left_out(kept, n);
  const auto shift = static_cast<std::int32_t>(outside.size());
  const auto inside = static_cast<std::int64_t>(kept.size());
  const auto new_id = [&](auto id) {
    using Id = decltype(id);
    return id < inside ? static_cast<Id>(kept[static_cast<std::size_t>(id)]) : static_cast<Id>(id + shift);
  };
  spread(fit.labels, kept, n, -1);
  spread(fit.probabilities, kept, n, 0.0);
  spread(fit.outlier_scores, kept, n, 0.0);
  spread(fit.core_distances, kept, n, kInfinity);
  for (std::int32_t& id : fit.cluster_ids) id += shift;
  for (SpanningEdge& edge : fit.spanning_tree) {
    const auto [a, b] = std::minmax({new_id(edge.a), new_id(edge.b)});
    edge = {a, b, edge.weight};
  }
  for (LinkageRow& row : fit.single_linkage) {
    row.left = new_id(row.left);
    row.right = new_id(row.right);
  }
  for (CondensedRow& row : fit.condensed_tree) {
    row.parent += shift;
    row.child = new_id(row.child);
  }
  // Without any row inside there is nothing yet that the others could join.
  std::int64_t top = kept.size() == 1 ? kept[0] : static_cast<std::int64_t>(n + kept.size()) - 2;
  std::int64_t size = inside;
  for (const std::int32_t row : outside) {
    fit.condensed_tree.push_back({static_cast<std::int32_t>(n), row, 0.0, 1});
    if (size == 0) {
      top = row;
    } else {
      fit.single_linkage.push_back({top, row, kInfinity, size + 1});
      top = static_cast<std::int64_t>(n + fit.single_linkage.size()) - 1;
    }
    ++size;
  }
}

}  // namespace clipcluster::hdbscan
