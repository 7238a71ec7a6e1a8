// What a fit says about tiers and noise, as it is stored with it (ProjectFitArrays::noise).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "clipcluster/noise.h"
#include "clipcluster/project.h"
#include "clipcluster/report.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// A point that HDBSCAN left in no cluster.
struct StoredNoisePoint {
  std::int32_t point = 0;  // index into ProjectFit::points
  NoiseReason reason = NoiseReason::thin;
  double sureness = 0.0;
  NearestClusters nearest;
};

struct StoredNoise {
  NoiseRule rule;
  std::vector<Tier> tiers;              // [points], training points first, then held-out ones
  std::vector<StoredNoisePoint> noise;  // by point, assigned ones included
  std::vector<NoiseGroup> groups;       // candidates for clusters, of training points; largest first
  std::vector<std::int32_t> place;      // [points] index into `noise`, -1 for the others

  // Null for points that are not noise to HDBSCAN.
  const StoredNoisePoint* noise_point(std::size_t point) const {
    return place[point] < 0 ? nullptr : &noise[static_cast<std::size_t>(place[point])];
  }
};

NamedArrays to_arrays(const StoredNoise& noise);
// None for fits of older programs. corrupt when the arrays do not fit `points` and `clusters`.
Result<std::optional<StoredNoise>> stored_noise(const ProjectFitArrays& arrays, std::size_t points,
                                                std::size_t clusters);

// Tiers, reasons and nearest clusters of input.images, and input.noise_groups. images: one for each point.
Status add_noise(const ProjectFitArrays& arrays, ReportInput& input);

}  // namespace clipcluster::internal
