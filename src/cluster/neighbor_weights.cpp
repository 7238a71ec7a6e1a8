#include "cluster/neighbor_weights.h"

#include <cmath>

namespace clipcluster {

std::vector<double> neighbor_weights(std::span<const float> distances) {
  const auto nearest = static_cast<double>(distances.front());
  double scale = 0.0;
  for (const float distance : distances) scale += static_cast<double>(distance) - nearest;
  scale /= static_cast<double>(distances.size());
  std::vector<double> weights;
  for (const float distance : distances) {
    weights.push_back(scale > 0.0 ? std::exp(-(static_cast<double>(distance) - nearest) / scale) : 1.0);
  }
  return weights;
}

}  // namespace clipcluster
