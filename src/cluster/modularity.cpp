#include "clipcluster/modularity.h"

#include <algorithm>
#include <vector>

namespace clipcluster {

NeighborFigures neighbor_figures(MatrixView<const std::int32_t> neighbors, std::size_t k,
                                 std::span<const std::int32_t> labels) {
  const std::int32_t greatest = *std::max_element(labels.begin(), labels.end());
  const auto clusters = static_cast<std::size_t>(greatest + 1);
  std::vector<double> from(clusters, 0.0);
  std::vector<double> to(clusters, 0.0);
  std::uint64_t inside = 0;
  std::uint64_t edges = 0;
  std::uint64_t without_noise = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (std::size_t j = 1; j < k; ++j) {
      const std::int32_t neighbor = neighbors(i, j);
      if (neighbor < 0) continue;
      ++edges;
      const std::int32_t other = labels[static_cast<std::size_t>(neighbor)];
      if (labels[i] >= 0) from[static_cast<std::size_t>(labels[i])] += 1.0;
      if (other >= 0) to[static_cast<std::size_t>(other)] += 1.0;
      if (labels[i] < 0 || other < 0) continue;
      ++without_noise;
      if (labels[i] == other) ++inside;
    }
  }
  if (edges == 0) return {};
  const auto all = static_cast<double>(edges);
  double expected = 0.0;
  for (std::size_t c = 0; c < clusters; ++c) expected += from[c] / all * (to[c] / all);
  const double kept =
      without_noise == 0 ? 0.0 : static_cast<double>(inside) / static_cast<double>(without_noise);
  return {static_cast<double>(inside) / all - expected, kept};
}

}  // namespace clipcluster
