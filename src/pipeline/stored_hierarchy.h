#pragma once

#include <vector>

#include "clipcluster/project.h"
#include "clipcluster/report.h"

namespace clipcluster::internal {

// Of a fit's clusters. Empty when there are none, or when the clusters are not those that HDBSCAN selected
// in the stored tree.
std::vector<ReportHierarchyNode> stored_hierarchy(const ProjectFit& fit, const ProjectFitArrays& arrays);
// The same with the arrays read; empty when they cannot be.
std::vector<ReportHierarchyNode> stored_hierarchy(const Project& project, const ProjectFit& fit);

}  // namespace clipcluster::internal
