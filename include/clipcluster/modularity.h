// How far clusters keep nearest neighbours together. Newman, "Modularity and community structure in
// networks", PNAS 2006, for the directed graph of Leicht and Newman 2008 without its degrees.
#pragma once

#include <cstdint>
#include <span>

#include "clipcluster/matrix.h"

namespace clipcluster {

struct NeighborFigures {
  double modularity = 0.0;  // -1..1; each noise point is a cluster of its own
  double kept = 0.0;        // share of the pairs without noise that share a cluster; 0 for no pairs
};
// neighbors: [n, >= k], each point first among its own; the first k are taken. labels: [n].
NeighborFigures neighbor_figures(MatrixView<const std::int32_t> neighbors, std::size_t k,
                                 std::span<const std::int32_t> labels);

}  // namespace clipcluster
