#include "pipeline/stored_hierarchy.h"

#include "clipcluster/hdbscan.h"

namespace clipcluster::internal {
namespace {

// A consensus or a person may have made other clusters than the tree's. Only noise that was assigned to a
// cluster differs where they are the tree's.
bool are_the_trees(const ProjectFit& fit, const HdbscanModel& model) {
  if (model.cluster_ids.size() != fit.clusters.size() || model.labels.size() > fit.points.size())
    return false;
  for (std::size_t i = 0; i < model.labels.size(); ++i) {
    if (model.labels[i] >= 0 && model.labels[i] != fit.points[i].label) return false;
  }
  return true;
}

}  // namespace

std::vector<ReportHierarchyNode> stored_hierarchy(const ProjectFit& fit, const ProjectFitArrays& arrays) {
  if (!arrays.hdbscan) return {};
  const Result<HdbscanModel> model = HdbscanModel::from_arrays(*arrays.hdbscan);
  if (!model.is_ok() || !are_the_trees(fit, *model)) return {};
  std::vector<ReportHierarchyNode> nodes;
  for (const HierarchyNode& node : cluster_hierarchy(*model)) {
    const bool is_cluster = node.label >= 0;
    const auto size = is_cluster ? fit.clusters[static_cast<std::size_t>(node.label)].size : 0;
    nodes.push_back({node.parent, node.label, node.distance, static_cast<std::uint64_t>(size)});
  }
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (nodes[i].parent >= 0) nodes[static_cast<std::size_t>(nodes[i].parent)].size += nodes[i].size;
  }
  return nodes;
}

std::vector<ReportHierarchyNode> stored_hierarchy(const Project& project, const ProjectFit& fit) {
  const Result<ProjectFitArrays> arrays = project.fit_arrays(fit);
  return arrays.is_ok() ? stored_hierarchy(fit, *arrays) : std::vector<ReportHierarchyNode>();
}

}  // namespace clipcluster::internal
