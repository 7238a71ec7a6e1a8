#include <algorithm>
#include <cassert>
#include <map>

#include "clipcluster/noise.h"
#include "cluster/neighbor_weights.h"

namespace clipcluster {

NeighborVote vote_of_neighbors(std::span<const std::int32_t> labels, std::span<const double> probabilities,
                               std::span<const std::int32_t> indices, std::span<const float> distances) {
  assert(!indices.empty() && indices.size() == distances.size());
  const std::vector<double> weights = neighbor_weights(distances);
  double total = 0.0;
  std::map<std::int32_t, NeighborVote> votes;
  for (std::size_t j = 0; j < indices.size(); ++j) {
    const auto row = static_cast<std::size_t>(indices[j]);
    total += weights[j];
    if (labels[row] < 0) continue;
    NeighborVote& vote = votes[labels[row]];
    vote.label = labels[row];
    vote.share += weights[j];
    vote.probability += weights[j] * probabilities[row];
  }
  if (votes.empty()) return {};
  const auto most = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) {
    return a.second.share < b.second.share;
  });
  return {most->second.label, most->second.share / total, most->second.probability / total};
}

}  // namespace clipcluster
