#include "cluster/hdbscan/single_linkage.h"

#include "cluster/hdbscan/disjoint_sets.h"

namespace clipcluster::hdbscan {

std::vector<LinkageRow> single_linkage(std::span<const SpanningEdge> edges) {
  const std::size_t n = edges.size() + 1;
  DisjointSets sets(n);
  std::vector<std::int64_t> node(n);  // of each set, by its root
  std::iota(node.begin(), node.end(), 0);
  std::vector<LinkageRow> rows;
  rows.reserve(edges.size());
  for (const SpanningEdge& edge : edges) {
    std::int32_t first = sets.find(edge.a);
    std::int32_t second = sets.find(edge.b);
    const auto node_of = [&](std::int32_t root) { return node[static_cast<std::size_t>(root)]; };
    const bool swap = sets.size_of(first) != sets.size_of(second)
                          ? sets.size_of(first) < sets.size_of(second)
                          : node_of(first) > node_of(second);
    if (swap) std::swap(first, second);
    rows.push_back({node_of(first), node_of(second), edge.weight,
                    std::int64_t{sets.size_of(first)} + sets.size_of(second)});
    sets.unite(first, second);
    node[static_cast<std::size_t>(sets.find(first))] = static_cast<std::int64_t>(n + rows.size() - 1);
  }
  return rows;
}

}  // namespace clipcluster::hdbscan
