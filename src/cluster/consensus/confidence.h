// How sure a point is of its cluster.
#pragma once

namespace clipcluster {

// cluster_share: the mean share of clusterings in which it is together with its cluster's members;
// alike: the share of its neighbours that have its label. Both 0..1. The neighbours count twice: a long
// cluster holds members that are seldom together and yet belong to it, which its neighbours know
// (docs/consensus.md has what else was tried).
inline double confidence(double cluster_share, double alike) { return (cluster_share + 2.0 * alike) / 3.0; }

}  // namespace clipcluster
