// How firmly an image belongs to its cluster, and why one is in none.
#pragma once

namespace clipcluster {

enum class Tier {
  core,      // in the dense middle of its cluster
  member,    // of the cluster by HDBSCAN's own label
  assigned,  // noise to HDBSCAN, given to a cluster by a rule, with a lower probability of its own
  other,     // in no cluster
};
const char* tier_name(Tier tier);  // "core", ...

enum class NoiseReason {
  none,     // it is not noise
  between,  // between two clusters
  thin,     // in a thin region
  unlike,   // unlike anything else
  blank,    // damaged or blank
};
const char* noise_reason_name(NoiseReason reason);  // "none", "between", ...

}  // namespace clipcluster
