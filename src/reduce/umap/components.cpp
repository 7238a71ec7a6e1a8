#include "reduce/umap/components.h"

#include <algorithm>

namespace clipcluster::umap {

Components connected_components(const FuzzyGraph& graph) {
  Components components;
  std::vector<bool> seen(graph.vertices(), false);
  for (std::size_t start = 0; start < graph.vertices(); ++start) {
    if (seen[start]) continue;
    seen[start] = true;
    std::vector<std::int32_t> members = {static_cast<std::int32_t>(start)};
    for (std::size_t next = 0; next < members.size(); ++next) {
      const auto vertex = static_cast<std::size_t>(members[next]);
      for (std::size_t e = graph.offsets[vertex]; e < graph.offsets[vertex + 1]; ++e) {
        const auto target = static_cast<std::size_t>(graph.targets[e]);
        if (seen[target]) continue;
        seen[target] = true;
        members.push_back(graph.targets[e]);
      }
    }
    std::sort(members.begin(), members.end());
    components.members.push_back(std::move(members));
  }
  return components;
}

FuzzyGraph subgraph(const FuzzyGraph& graph, const std::vector<std::int32_t>& members) {
  FuzzyGraph part;
  part.offsets.assign(1, 0);
  for (const std::int32_t member : members) {
    const auto vertex = static_cast<std::size_t>(member);
    for (std::size_t e = graph.offsets[vertex]; e < graph.offsets[vertex + 1]; ++e) {
      const auto place = std::lower_bound(members.begin(), members.end(), graph.targets[e]);
      part.targets.push_back(static_cast<std::int32_t>(place - members.begin()));
      part.weights.push_back(graph.weights[e]);
    }
    part.offsets.push_back(part.targets.size());
  }
  return part;
}

}  // namespace clipcluster::umap
