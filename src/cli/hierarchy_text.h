// Clusters by where they separate, and their values in a column, as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/slices.h"

namespace clipcluster::cli {

Json to_json(const std::vector<ReportHierarchyNode>& hierarchy);
// The node above each cluster; null for one without.
std::vector<Json> parents_of_clusters(const ProjectInfo& info);

// A level holds the clusters that part one after the other from its largest group, in the order in which
// they do; a smaller group that falls apart itself is indented. So the depth grows with the logarithm of
// the number of clusters, and not with the longest chain.
std::string hierarchy_text(const ProjectInfo& info);

Json to_json(const ValueCounts& counts, const std::vector<ProjectCluster>& clusters);
// The most frequent values as columns; `all`: every one.
std::string to_text(const ValueCounts& counts, const std::vector<ProjectCluster>& clusters, bool all);

}  // namespace clipcluster::cli
