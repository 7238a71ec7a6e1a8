#include "report/hierarchy_data.h"

#include <fmt/format.h>

#include <cmath>

#include "report/page_text.h"

namespace clipcluster::report {

nlohmann::json hierarchy_json(const std::vector<ReportHierarchyNode>& hierarchy) {
  if (hierarchy.empty()) return nullptr;
  std::vector<std::int32_t> parents;
  std::vector<std::int32_t> labels;
  std::vector<std::uint64_t> sizes;
  std::vector<double> distances;
  for (const ReportHierarchyNode& node : hierarchy) {
    parents.push_back(node.parent);
    labels.push_back(node.label);
    sizes.push_back(node.size);
    distances.push_back(short_number(node.distance));
  }
  return {{"parent", parents}, {"label", labels}, {"size", sizes}, {"distance", distances}};
}

Status check_hierarchy(const std::vector<ReportHierarchyNode>& hierarchy, std::size_t clusters) {
  for (std::size_t i = 0; i < hierarchy.size(); ++i) {
    const ReportHierarchyNode& node = hierarchy[i];
    const bool on_top = node.parent == -1;
    const bool has_parent = on_top || (node.parent >= 0 && static_cast<std::size_t>(node.parent) < i &&
                                       hierarchy[static_cast<std::size_t>(node.parent)].label == -1);
    const bool has_label = node.label >= -1 && node.label < static_cast<std::int64_t>(clusters);
    if (has_parent && has_label && node.distance >= 0.0 && std::isfinite(node.distance)) continue;
    return Status::invalid_argument(
        fmt::format("the page was given a hierarchy of clusters that cannot be drawn (its node {})", i));
  }
  return Status();
}

}  // namespace clipcluster::report
