// Connected components of a graph, and cutting one out.
#pragma once

#include <cstdint>
#include <vector>

#include "reduce/umap/fuzzy_graph.h"

namespace clipcluster::umap {

struct Components {
  // In the order of their smallest vertex; vertices ascending.
  std::vector<std::vector<std::int32_t>> members;
};

Components connected_components(const FuzzyGraph& graph);

// The graph among `members` (ascending, closed under edges), renumbered in their order.
FuzzyGraph subgraph(const FuzzyGraph& graph, const std::vector<std::int32_t>& members);

}  // namespace clipcluster::umap
