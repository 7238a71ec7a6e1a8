// What a project has in no cluster, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clipcluster/noise.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/status.h"

namespace clipcluster {

// An image that HDBSCAN left in no cluster.
struct NoiseImage {
  std::string path;
  std::vector<std::string> copies;
  bool held_out = false;
  NoiseReason reason = NoiseReason::thin;
  double sureness = 0.0;  // NoiseVerdict::sureness
  std::vector<NearCluster> nearest_clusters;
  // Where a rule assigned it; else -1 and 0.
  std::int32_t label = -1;
  std::string name;
  double probability = 0.0;
};

// A candidate for a cluster.
struct NoiseImageGroup {
  std::vector<std::string> paths;  // most typical first
  double cohesion = 0.0;           // NoiseGroup::cohesion
};

struct ProjectNoise {
  std::string folder;  // of the project
  NoiseRule rule;
  NoiseFigures figures;
  std::vector<NoiseImage> images;       // those in no cluster first; then by sureness, the surest first
  std::vector<NoiseImageGroup> groups;  // largest first
};

// not_found for a project without clusters, unsupported for one that an older program fitted.
Result<ProjectNoise> project_noise(const std::string& folder);

}  // namespace clipcluster
