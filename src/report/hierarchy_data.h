// How the clusters lie in each other, as the page draws it.
#pragma once

#include <nlohmann/json.hpp>

#include "clipcluster/report.h"

namespace clipcluster::report {

// Null without a hierarchy. Columns: parent, label, size and distance (4 digits).
nlohmann::json hierarchy_json(const std::vector<ReportHierarchyNode>& hierarchy);

// Whether parents come first, labels exist, and only nodes without a label have children.
Status check_hierarchy(const std::vector<ReportHierarchyNode>& hierarchy, std::size_t clusters);

}  // namespace clipcluster::report
