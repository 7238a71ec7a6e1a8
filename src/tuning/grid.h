// The settings that are tried.
#pragma once

#include <cstddef>
#include <vector>

#include "clipcluster/tuning.h"

namespace clipcluster::tuning {

struct LayoutSetting {
  int n_neighbors = 15;
  double min_dist = 0.0;
  int n_components = 5;
};

// In the order in which a budget takes them: the usual one first, then those that differ most.
const std::vector<LayoutSetting>& layout_settings();
inline constexpr int kMostNeighbors = 50;

// The rest of a setting, for n points. Those with one min_samples stand beside each other, and among them
// those with one min_cluster_size.
std::vector<ClusteringSetting> density_settings(std::size_t n);

ClusteringSetting combine(const LayoutSetting& layout, ClusteringSetting density);

}  // namespace clipcluster::tuning
