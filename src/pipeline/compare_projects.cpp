// Finds what two projects have in common and hands the labels to match_clusterings.
#include "clipcluster/compare.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "clipcluster/evaluation.h"
#include "pipeline/fitted_project.h"

namespace clipcluster {
namespace {

using internal::FittedProject;

struct Thing {
  std::string hash;  // of the pixels; empty where names decide
  std::vector<std::string> paths;
  std::int32_t label = -1;
};

std::vector<Thing> things_by_content(const FittedProject& fitted) {
  std::vector<Thing> things;
  for (std::size_t i = 0; i < fitted.points.size(); ++i) {
    const internal::FittedPoint& point = fitted.points[i];
    const std::int32_t label = fitted.fit.points[i].label;
    things.push_back({point.content.pixel_hash, {}, label});
    if (!point.path.empty()) things.back().paths.push_back(point.path);
    if (point.copy_pixel_hashes.empty()) {
      things.back().paths.insert(things.back().paths.end(), point.copies.begin(), point.copies.end());
    }
    for (const std::string& hash : point.copy_pixel_hashes) things.push_back({hash, {}, label});
  }
  return things;
}

std::vector<Thing> things_by_name(const FittedProject& fitted) {
  std::vector<Thing> things;
  for (std::size_t i = 0; i < fitted.points.size(); ++i) {
    const std::int32_t label = fitted.fit.points[i].label;
    if (!fitted.points[i].path.empty()) things.push_back({"", {fitted.points[i].path}, label});
    for (const std::string& copy : fitted.points[i].copies) things.push_back({"", {copy}, label});
  }
  return things;
}

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// For each thing of `first` the one of `second` that it is, or kNone: by content, then by path.
std::vector<std::size_t> join(const std::vector<Thing>& first, const std::vector<Thing>& second,
                              std::uint64_t& by_path) {
  std::unordered_map<std::string, std::size_t> with_hash;
  std::unordered_map<std::string, std::size_t> with_path;
  for (std::size_t i = 0; i < second.size(); ++i) {
    if (!second[i].hash.empty()) with_hash.emplace(second[i].hash, i);
    for (const std::string& path : second[i].paths) with_path.emplace(path, i);
  }
  std::vector<std::size_t> partner(first.size(), kNone);
  std::vector<bool> taken(second.size(), false);
  const auto take = [&](std::size_t i, std::size_t j) {
    if (partner[i] != kNone || taken[j]) return false;
    partner[i] = j;
    taken[j] = true;
    return true;
  };
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto found = with_hash.find(first[i].hash);
    if (!first[i].hash.empty() && found != with_hash.end()) take(i, found->second);
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    for (const std::string& path : first[i].paths) {
      const auto found = with_path.find(path);
      if (found != with_path.end() && take(i, found->second)) ++by_path;
    }
  }
  return partner;
}

ComparedProject describe(const FittedProject& fitted, const std::vector<Thing>& things) {
  ComparedProject project;
  project.folder = fitted.project->folder();
  project.things = things.size();
  project.clusters = fitted.fit.clusters;
  for (ProjectCluster& cluster : project.clusters) cluster.size = 0;
  for (const Thing& thing : things) {
    if (thing.label < 0) {
      ++project.noise;
    } else {
      ++project.clusters.at(static_cast<std::size_t>(thing.label)).size;
    }
  }
  return project;
}

Result<double> rand_index(const std::vector<std::int32_t>& first, const std::vector<std::int32_t>& second) {
  if (first.empty()) return 0.0;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Evaluation evaluation, evaluate_clustering(first, second));
  return evaluation.with_noise.adjusted_rand_index;
}

}  // namespace

Result<ProjectComparison> compare_projects(const std::string& first, const std::string& second) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FittedProject a, internal::read_fitted_project(first));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FittedProject b, internal::read_fitted_project(second));
  ProjectComparison comparison;
  comparison.by_content =
      a.project->kind() == ProjectKind::images && b.project->kind() == ProjectKind::images;
  const std::vector<Thing> here = comparison.by_content ? things_by_content(a) : things_by_name(a);
  const std::vector<Thing> there = comparison.by_content ? things_by_content(b) : things_by_name(b);
  comparison.first = describe(a, here);
  comparison.second = describe(b, there);

  const std::vector<std::size_t> partner = join(here, there, comparison.common_by_path);
  if (!comparison.by_content) comparison.common_by_path = 0;
  std::vector<std::int32_t> labels, other_labels, clustered, other_clustered;
  for (std::size_t i = 0; i < here.size(); ++i) {
    if (partner[i] == kNone) continue;
    const std::int32_t label = here[i].label;
    const std::int32_t other = there[partner[i]].label;
    labels.push_back(label);
    other_labels.push_back(other);
    if (label < 0 || other < 0) continue;
    clustered.push_back(label);
    other_clustered.push_back(other);
  }
  comparison.common = labels.size();
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      comparison.correspondence,
      match_clusterings(labels, a.fit.clusters.size(), other_labels, b.fit.clusters.size()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(comparison.adjusted_rand_index, rand_index(labels, other_labels));
  CLIPCLUSTER_ASSIGN_OR_RETURN(comparison.adjusted_rand_index_clustered,
                               rand_index(clustered, other_clustered));
  return comparison;
}

}  // namespace clipcluster
