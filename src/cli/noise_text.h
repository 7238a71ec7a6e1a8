// Tiers and noise for people and programs.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/project_noise.h"

namespace clipcluster::cli {

Json to_json(const NoiseFigures& figures);
Json to_json(const std::vector<NearCluster>& clusters);
Json to_json(const ProjectNoise& noise);
// "core 510, member 460, assigned 40, other 10", empty where nothing is known.
std::string tiers_text(const NoiseFigures& figures);
// "between 20, thin 28, unlike 2; 3 groups could be clusters", likewise.
std::string reasons_text(const NoiseFigures& figures);
// "cats 7 (2.1), 12 (2.4)"
std::string near_clusters_text(const std::vector<NearCluster>& clusters);
// Every image with its reason, then the groups.
std::string to_text(const ProjectNoise& noise);

}  // namespace clipcluster::cli
