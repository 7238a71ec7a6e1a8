// How sure a point is of its cluster.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace clipcluster {

// cluster_share: the mean share of clusterings in which it is together with its cluster's members;
// alike: the share of its neighbours that have its label. Both 0..1. The neighbours count six times: a long
// cluster, or one of several that a class is cut into, holds members that are seldom together and yet
// belong to it, which its neighbours know (docs/consensus.md has what else was tried).
inline double confidence(double cluster_share, double alike) { return (cluster_share + 6.0 * alike) / 7.0; }

// Of how many neighbours that is: of more than a third of the other members some have to be of another
// cluster, however sure the point is. `most`: how many there are, at least one.
inline std::size_t asked_neighbors(std::int32_t cluster_size, std::size_t most) {
  return std::clamp<std::size_t>(static_cast<std::size_t>(cluster_size - 1) / 3, 1, most);
}

}  // namespace clipcluster
