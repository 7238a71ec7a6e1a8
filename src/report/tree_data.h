// The condensed tree as the page draws it.
#pragma once

#include <nlohmann/json.hpp>

#include "clipcluster/report.h"

namespace clipcluster::report {

// Null without a tree. Columns, to be short: parent, label, birth and death (lambda, 4 digits) and
// one list of counts a cluster.
nlohmann::json tree_json(const std::vector<ReportTreeCluster>& tree);

// Whether parents come first, labels exist and lambdas can be drawn on a logarithmic axis.
Status check_tree(const std::vector<ReportTreeCluster>& tree, std::size_t clusters);

}  // namespace clipcluster::report
