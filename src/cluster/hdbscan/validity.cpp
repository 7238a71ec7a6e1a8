// hdbscan's relative_validity_: DBCV (Moulavi et al., "Density-based clustering validation", SDM
// 2014) with the edges of the one spanning tree in place of one tree a cluster.
#include <algorithm>
#include <limits>

#include "clipcluster/hdbscan.h"

namespace clipcluster {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Separation {
  std::vector<double> sparseness;  // [clusters] the longest edge inside
  std::vector<double> separation;  // [clusters] the shortest edge to another cluster
  double longest = 0.0;
  double to_noise = kInfinity;  // the shortest edge between a cluster and noise
};

Separation measure(std::span<const std::int32_t> labels, std::span<const SpanningEdge> edges,
                   std::size_t clusters) {
  Separation found{std::vector<double>(clusters, 0.0), std::vector<double>(clusters, kInfinity)};
  for (const SpanningEdge& edge : edges) {
    const std::int32_t a = labels[static_cast<std::size_t>(edge.a)];
    const std::int32_t b = labels[static_cast<std::size_t>(edge.b)];
    found.longest = std::max(found.longest, edge.weight);
    if (a < 0 && b < 0) continue;
    if (a < 0 || b < 0) {
      found.to_noise = std::min(found.to_noise, edge.weight);
    } else if (a == b) {
      double& sparseness = found.sparseness[static_cast<std::size_t>(a)];
      sparseness = std::max(sparseness, edge.weight);
    } else {
      for (const std::int32_t label : {a, b}) {
        double& separation = found.separation[static_cast<std::size_t>(label)];
        separation = std::min(separation, edge.weight);
      }
    }
  }
  return found;
}

}  // namespace

double relative_validity(std::span<const std::int32_t> labels,
                         std::span<const SpanningEdge> spanning_tree) {
  std::vector<std::size_t> sizes;
  for (const std::int32_t label : labels) {
    if (label < 0) continue;
    sizes.resize(std::max(sizes.size(), static_cast<std::size_t>(label) + 1));
    ++sizes[static_cast<std::size_t>(label)];
  }
  const Separation found = measure(labels, spanning_tree, sizes.size());
  // A cluster whose edges all lead to noise has no separation in this tree; as hdbscan, twice the
  // longest edge, or for a single cluster twice the shortest to noise.
  const double to_noise = found.to_noise == kInfinity ? found.longest : found.to_noise;
  const double correction = 2.0 * (sizes.size() > 1 ? found.longest : to_noise);
  double score = 0.0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double separation = found.separation[i] == kInfinity ? correction : found.separation[i];
    const double most = std::max(separation, found.sparseness[i]);
    if (most == 0.0) continue;  // all in one spot: neither sparse nor apart
    score += static_cast<double>(sizes[i]) * (separation - found.sparseness[i]) / most /
             static_cast<double>(labels.size());
  }
  return score;
}

}  // namespace clipcluster
