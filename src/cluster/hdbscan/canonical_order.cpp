#include "cluster/hdbscan/canonical_order.h"

#include <algorithm>

namespace clipcluster::hdbscan {

std::vector<std::int32_t> canonical_order(MatrixView<const double> points,
                                          const std::vector<std::int32_t>& rows) {
  // The first coordinate beside the row number decides nearly always, without a look at the points.
  struct Keyed {
    double first;
    std::int32_t row;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(rows.size());
  for (const std::int32_t row : rows) keyed.push_back({points(static_cast<std::size_t>(row), 0), row});
  std::sort(keyed.begin(), keyed.end(), [&](const Keyed& a, const Keyed& b) {
    if (a.first != b.first) return a.first < b.first;
    const double* left = points.row(static_cast<std::size_t>(a.row));
    const double* right = points.row(static_cast<std::size_t>(b.row));
    for (std::size_t d = 1; d < points.cols(); ++d) {
      if (left[d] != right[d]) return left[d] < right[d];
    }
    return a.row < b.row;
  });
  std::vector<std::int32_t> order;
  order.reserve(rows.size());
  for (const Keyed& key : keyed) order.push_back(key.row);
  return order;
}

}  // namespace clipcluster::hdbscan
