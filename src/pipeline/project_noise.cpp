#include "clipcluster/project_noise.h"

#include <algorithm>
#include <utility>

#include "pipeline/fitted_project.h"
#include "pipeline/options_json.h"
#include "pipeline/stored_noise.h"

namespace clipcluster {
namespace {

using internal::FittedProject;
using internal::StoredNoise;
using internal::StoredNoisePoint;

NoiseImage image_of(const FittedProject& fitted, const StoredNoise& noise, const StoredNoisePoint& stored) {
  const std::vector<ProjectCluster>& clusters = fitted.fit.clusters;
  const auto index = static_cast<std::size_t>(stored.point);
  const ProjectPoint& point = fitted.fit.points[index];
  NoiseImage image;
  image.path = fitted.points[index].path;
  image.copies = fitted.points[index].copies;
  image.held_out = point.held_out;
  image.reason = stored.reason;
  image.sureness = stored.sureness;
  image.label = point.label;
  image.probability = point.probability;
  if (point.label >= 0) image.name = clusters[static_cast<std::size_t>(point.label)].name;
  for (std::size_t i = 0; i < kNearestClusters && stored.nearest.labels[i] >= 0; ++i) {
    const auto label = static_cast<std::size_t>(stored.nearest.labels[i]);
    image.nearest_clusters.push_back(
        {stored.nearest.labels[i], clusters[label].name, stored.nearest.distances[i] / noise.rule.reach});
  }
  return image;
}

}  // namespace

Result<ProjectNoise> project_noise(const std::string& folder) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FittedProject fitted, internal::read_fitted_project(folder));
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const std::optional<StoredNoise> noise,
      internal::stored_noise(fitted.arrays, fitted.fit.points.size(), fitted.fit.clusters.size()));
  if (!noise) {
    return Status::unsupported("'" + folder +
                               "' was fitted by an older program, which notes no reasons for noise. Run "
                               "clipcluster run again.");
  }
  ProjectNoise result;
  result.folder = fitted.project->folder();
  result.rule = noise->rule;
  const auto figures = internal::parse(fitted.fit.figures);
  if (figures.contains("noise")) result.figures = internal::noise_figures_from_json(figures["noise"]);
  for (const StoredNoisePoint& point : noise->noise)
    result.images.push_back(image_of(fitted, *noise, point));
  std::stable_sort(result.images.begin(), result.images.end(),
                   [](const NoiseImage& a, const NoiseImage& b) {
                     if ((a.label < 0) != (b.label < 0)) return a.label < 0;
                     return a.sureness > b.sureness;
                   });
  for (const NoiseGroup& stored : noise->groups) {
    NoiseImageGroup group;
    group.cohesion = stored.cohesion;
    for (const std::int32_t point : stored.rows)
      group.paths.push_back(fitted.points[static_cast<std::size_t>(point)].path);
    result.groups.push_back(std::move(group));
  }
  return result;
}

}  // namespace clipcluster
