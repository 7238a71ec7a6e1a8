#include "tuning/grid.h"

#include <algorithm>
#include <cmath>

namespace clipcluster::tuning {
namespace {

// Of max(5, sqrt(n) / 4), which suits varied collections (docs/choosing-options.md).
constexpr double kSizeFactors[] = {0.6, 1.0, 1.6, 2.5, 4.0, 6.0, 10.0, 16.0};
constexpr int kMinSamples[] = {1, 5, 15};
constexpr double kEpsilons[] = {0.0, 0.2, 0.5};

std::vector<int> cluster_sizes(std::size_t n) {
  const auto points = static_cast<double>(n);
  const double usual = std::max(5.0, std::sqrt(points) / 4.0);
  std::vector<int> sizes;
  for (const double factor : kSizeFactors) {
    const int size = std::max(3, static_cast<int>(std::lround(factor * usual)));
    const bool fits = size <= static_cast<int>(n / 4) || sizes.empty();
    if (fits && (sizes.empty() || size > sizes.back())) sizes.push_back(size);
  }
  return sizes;
}

}  // namespace

const std::vector<LayoutSetting>& layout_settings() {
  static const std::vector<LayoutSetting> settings = {
      {15, 0.0, 5}, {30, 0.0, 5}, {15, 0.0, 10}, {15, 0.1, 5}, {50, 0.0, 5},  {30, 0.0, 10},
      {10, 0.0, 5}, {15, 0.0, 2}, {30, 0.1, 5},  {30, 0.0, 2}, {50, 0.0, 10}, {10, 0.0, 10},
  };
  return settings;
}

std::vector<ClusteringSetting> density_settings(std::size_t n) {
  std::vector<ClusteringSetting> settings;
  ClusteringSetting setting;
  for (const int samples : kMinSamples) {
    setting.min_samples = samples;
    for (const int size : cluster_sizes(n)) {
      setting.min_cluster_size = size;
      for (const auto method : {ClusterSelectionMethod::excess_of_mass, ClusterSelectionMethod::leaf}) {
        setting.cluster_selection_method = method;
        for (const double epsilon : kEpsilons) {
          setting.cluster_selection_epsilon = epsilon;
          settings.push_back(setting);
        }
      }
    }
  }
  return settings;
}

ClusteringSetting combine(const LayoutSetting& layout, ClusteringSetting density) {
  density.n_neighbors = layout.n_neighbors;
  density.min_dist = layout.min_dist;
  density.n_components = layout.n_components;
  return density;
}

}  // namespace clipcluster::tuning
