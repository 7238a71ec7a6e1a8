#include "report/tree_data.h"

#include <fmt/format.h>

#include <cmath>

#include "report/page_text.h"

namespace clipcluster::report {

nlohmann::json tree_json(const std::vector<ReportTreeCluster>& tree) {
  if (tree.empty()) return nullptr;
  nlohmann::json json = {{"parent", nlohmann::json::array()},
                         {"label", nlohmann::json::array()},
                         {"birth", nlohmann::json::array()},
                         {"death", nlohmann::json::array()},
                         {"counts", nlohmann::json::array()}};
  for (const ReportTreeCluster& cluster : tree) {
    json["parent"].push_back(cluster.parent);
    json["label"].push_back(cluster.label);
    json["birth"].push_back(short_number(cluster.birth));
    json["death"].push_back(short_number(cluster.death));
    json["counts"].push_back(cluster.counts);
  }
  return json;
}

Status check_tree(const std::vector<ReportTreeCluster>& tree, std::size_t clusters) {
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const ReportTreeCluster& cluster = tree[i];
    const bool has_parent =
        i == 0 ? cluster.parent == -1 : cluster.parent >= 0 && static_cast<std::size_t>(cluster.parent) < i;
    const bool has_label = cluster.label >= -1 && cluster.label < static_cast<std::int64_t>(clusters);
    const bool has_lambdas =
        cluster.birth > 0.0 && cluster.death >= cluster.birth && std::isfinite(cluster.death);
    if (has_parent && has_label && has_lambdas && !cluster.counts.empty()) continue;
    return Status::invalid_argument(
        fmt::format("the page was given a cluster tree that cannot be drawn (its cluster {})", i));
  }
  return Status();
}

}  // namespace clipcluster::report
