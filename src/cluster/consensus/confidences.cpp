#include <algorithm>
#include <cassert>

#include "clipcluster/consensus.h"
#include "clipcluster/parallel.h"
#include "cluster/consensus/confidence.h"

namespace clipcluster {
namespace {

constexpr std::size_t kPointsPerChunk = 4096;

double alike_share(const NeighborLists& neighbors, std::size_t point, std::size_t most,
                   const Consensus& consensus) {
  const std::int32_t label = consensus.labels[point];
  const std::size_t asked = asked_neighbors(consensus.sizes[static_cast<std::size_t>(label)], most);
  double alike = 0.0;
  for (std::size_t j = 1; j <= asked; ++j) {
    const auto neighbor = static_cast<std::size_t>(neighbors.indices(point, j));
    alike += consensus.labels[neighbor] == label ? 1.0 : 0.0;
  }
  return alike / static_cast<double>(asked);
}

}  // namespace

void set_confidences(const NeighborLists& neighbors, std::size_t k, Consensus& consensus) {
  const std::size_t n = consensus.labels.size();
  assert(neighbors.indices.rows() == n);
  const std::size_t last = std::min(k + 1, neighbors.indices.cols());
  consensus.confidences.assign(n, 0.0);
  parallel_for(n, kPointsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (consensus.labels[i] < 0) continue;
      const double alike = last > 1 ? alike_share(neighbors, i, last - 1, consensus) : 0.0;
      consensus.confidences[i] = confidence(static_cast<double>(consensus.nearest_shares(i, 0)), alike);
    }
  });
}

}  // namespace clipcluster
