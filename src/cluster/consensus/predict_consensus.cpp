#include <algorithm>
#include <cassert>

#include "clipcluster/consensus.h"
#include "cluster/consensus/confidence.h"
#include "cluster/neighbor_weights.h"

namespace clipcluster {
namespace {

void add(std::int32_t label, double value, std::vector<std::pair<std::int32_t, double>>& shares) {
  const auto known =
      std::find_if(shares.begin(), shares.end(), [&](const auto& entry) { return entry.first == label; });
  if (known == shares.end()) {
    shares.emplace_back(label, value);
  } else {
    known->second += value;
  }
}

}  // namespace

ConsensusPrediction predict_consensus(const Consensus& consensus, std::span<const std::int32_t> indices,
                                      std::span<const float> distances) {
  assert(!indices.empty() && indices.size() == distances.size());
  const std::vector<double> weights = neighbor_weights(distances);
  double total = 0.0;
  ConsensusPrediction prediction;
  for (std::size_t j = 0; j < indices.size(); ++j) {
    const auto row = static_cast<std::size_t>(indices[j]);
    total += weights[j];
    for (std::size_t c = 0; c < consensus.nearest_clusters.cols(); ++c) {
      if (consensus.nearest_clusters(row, c) < 0) break;
      add(consensus.nearest_clusters(row, c),
          weights[j] * static_cast<double>(consensus.nearest_shares(row, c)), prediction.nearest);
    }
  }
  for (auto& [label, share] : prediction.nearest) share /= total;
  std::sort(prediction.nearest.begin(), prediction.nearest.end(), [](const auto& a, const auto& b) {
    return std::pair(-a.second, a.first) < std::pair(-b.second, b.first);
  });
  if (prediction.nearest.empty() || prediction.nearest.front().second < consensus.least_share)
    return prediction;
  const auto [label, share] = prediction.nearest.front();
  prediction.label = label;
  prediction.probability = std::min(1.0, share / consensus.greatest_share[static_cast<std::size_t>(label)]);
  const std::size_t asked =
      asked_neighbors(consensus.sizes[static_cast<std::size_t>(label)], indices.size());
  double alike = 0.0;
  for (const std::int32_t row : indices.first(asked))
    alike += consensus.labels[static_cast<std::size_t>(row)] == label ? 1.0 : 0.0;
  prediction.confidence = confidence(share, alike / static_cast<double>(asked));
  return prediction;
}

}  // namespace clipcluster
