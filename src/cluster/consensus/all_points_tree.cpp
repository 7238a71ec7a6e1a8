#include "cluster/consensus/all_points_tree.h"

#include <algorithm>

namespace clipcluster::consensus {
namespace {

// Rows of clusters say how many points hang below; children come after their parents.
void count_points(std::int32_t n, std::vector<CondensedRow>& tree) {
  std::int32_t greatest = n;
  for (const CondensedRow& row : tree) greatest = std::max({greatest, row.parent, row.child});
  std::vector<std::int32_t> below(static_cast<std::size_t>(greatest - n) + 1, 0);
  std::vector<std::size_t> row_of(below.size(), tree.size());
  for (std::size_t r = 0; r < tree.size(); ++r) {
    if (tree[r].child >= n) {
      row_of[static_cast<std::size_t>(tree[r].child - n)] = r;
    } else {
      ++below[static_cast<std::size_t>(tree[r].parent - n)];
    }
  }
  for (std::size_t c = below.size(); c-- > 1;) {
    CondensedRow& row = tree[row_of[c]];
    row.child_size = below[c];
    below[static_cast<std::size_t>(row.parent - n)] += below[c];
  }
}

}  // namespace

void hang_all_points(const std::vector<std::size_t>& rows, Consensus& result) {
  const std::size_t n = result.labels.size();
  if (rows.size() == n) return;
  const auto linked = static_cast<std::int32_t>(rows.size());
  const auto root = static_cast<std::int32_t>(n);
  const auto number = [&](std::int32_t id) {
    return id >= linked ? id - linked + root
                        : static_cast<std::int32_t>(rows[static_cast<std::size_t>(id)]);
  };
  double least_lambda = 1.0;  // of a share of 0
  for (CondensedRow& row : result.condensed_tree) {
    row.parent = number(row.parent);
    row.child = number(row.child);
  }
  std::vector<double> birth(result.clusters(), least_lambda);
  for (std::int32_t& id : result.cluster_ids) id = number(id);
  for (const CondensedRow& row : result.condensed_tree) {
    const auto cluster = std::lower_bound(result.cluster_ids.begin(), result.cluster_ids.end(), row.child);
    if (cluster != result.cluster_ids.end() && *cluster == row.child)
      birth[static_cast<std::size_t>(cluster - result.cluster_ids.begin())] = row.lambda;
  }
  std::vector<std::uint8_t> is_linked(n, 0);
  for (const std::size_t row : rows) is_linked[row] = 1;
  for (std::size_t i = 0; i < n; ++i) {
    if (is_linked[i] != 0) continue;
    const std::int32_t label = result.labels[i];
    const auto c = static_cast<std::size_t>(std::max(label, 0));
    const double share = static_cast<double>(result.nearest_shares(i, 0));
    const double lambda = 1.0 / std::max(1.0 - share, 1e-3);
    result.condensed_tree.push_back({label < 0 ? root : result.cluster_ids[c], static_cast<std::int32_t>(i),
                                     label < 0 ? least_lambda : std::max(lambda, birth[c]), 1});
  }
  count_points(root, result.condensed_tree);
}

}  // namespace clipcluster::consensus
