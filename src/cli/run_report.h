// What run and fit say at their end.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {

Json to_json(const RunSummary& summary, const std::vector<ProjectCluster>& clusters);
// `unit`: "images" or "rows".
std::string to_text(const RunSummary& summary, const std::vector<ProjectCluster>& clusters,
                    const std::string& unit);

Json to_json(const SplitFigures& split);
Json to_json(const SelectionFigures& selection);
Json to_json(const std::vector<StepTiming>& steps);
Json to_json(const std::vector<ProjectCluster>& clusters);
std::string steps_text(const std::vector<StepTiming>& steps);
// "431, 217, 90 ... 12", largest first
std::string sizes_text(const std::vector<ProjectCluster>& clusters);

}  // namespace clipcluster::cli
