#include "cluster/hdbscan/stability.h"

namespace clipcluster::hdbscan {

std::vector<double> stabilities(std::span<const CondensedRow> rows, const ClusterTree& tree) {
  std::vector<double> result(static_cast<std::size_t>(tree.size()), 0.0);
  // Births are finite, because condense() splits nothing at distance 0; so no NaN can arise.
  for (const CondensedRow& row : rows) {
    const std::int32_t parent = tree.number_of(row.parent);
    result[static_cast<std::size_t>(parent)] += (row.lambda - tree[parent].birth) * row.child_size;
  }
  return result;
}

}  // namespace clipcluster::hdbscan
