// Two projects, or two fits of the same images, cluster by cluster.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clipcluster/correspondence.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster {

struct ComparedProject {
  std::string folder;  // absolute
  std::uint64_t things = 0;
  std::uint64_t noise = 0;
  // By label; `size` is of the same things as the match's size, those that the other project does not know
  // included.
  std::vector<ProjectCluster> clusters;
};

struct ProjectComparison {
  ComparedProject first;
  ComparedProject second;
  // Different pixels where both projects are of images, else paths or names of rows.
  bool by_content = true;
  std::uint64_t common = 0;                    // things that both know
  std::uint64_t common_by_path = 0;            // of these, with other pixels under the same path
  Correspondence correspondence;               // of the common things
  double adjusted_rand_index = 0.0;            // over the common things, noise as one more cluster
  double adjusted_rand_index_clustered = 0.0;  // over those that are noise in neither
};

// Exact copies and near-duplicates count as the image they follow does: different pixels are one thing
// each. not_found when a project has no fit.
Result<ProjectComparison> compare_projects(const std::string& first, const std::string& second);

}  // namespace clipcluster
