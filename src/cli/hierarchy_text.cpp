#include "cli/hierarchy_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text_format.h"

namespace clipcluster::cli {
namespace {

using Children = std::vector<std::vector<std::size_t>>;

// Smallest first: the largest goes on at the same level.
Children children_of(const std::vector<ReportHierarchyNode>& nodes) {
  Children children(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].parent >= 0) children[static_cast<std::size_t>(nodes[i].parent)].push_back(i);
  }
  for (auto& list : children) {
    std::stable_sort(list.begin(), list.end(),
                     [&](std::size_t a, std::size_t b) { return nodes[a].size < nodes[b].size; });
  }
  return children;
}

std::size_t clusters_below(std::size_t node, const std::vector<ReportHierarchyNode>& nodes,
                           const Children& children) {
  std::size_t count = 0;
  std::vector<std::size_t> open = {node};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    count += nodes[at].label >= 0 ? 1 : 0;
    open.insert(open.end(), children[at].begin(), children[at].end());
  }
  return count;
}

class Tree {
 public:
  Tree(const std::vector<ReportHierarchyNode>& nodes, const std::vector<ProjectCluster>& clusters)
      : nodes_(nodes), clusters_(clusters), children_(children_of(nodes)) {}

  std::string text() {
    text_ = fmt::format("{:>9} {:>9}  {}\n", "parts at", "size", "cluster");
    if (!nodes_.empty()) print(0, 0, 0.0);
    return text_;
  }

 private:
  // Everything below `node`; `distance`: at which it parted from the rest, 0 on top.
  void print(std::size_t node, std::size_t depth, double distance) {
    while (!children_[node].empty()) {
      const double here = nodes_[node].distance;
      for (std::size_t i = 0; i + 1 < children_[node].size(); ++i) branch(children_[node][i], depth, here);
      distance = here;
      node = children_[node].back();
    }
    line(node, depth, distance);
  }

  void branch(std::size_t node, std::size_t depth, double distance) {
    if (children_[node].empty()) {
      line(node, depth, distance);
      return;
    }
    text_ +=
        fmt::format("{:>9.4f} {:>9}  {:{}}{} together:\n", distance, grouped(nodes_[node].size), "",
                    2 * depth, counted(clusters_below(node, nodes_, children_), "cluster", "clusters"));
    print(node, depth + 1, distance);
  }

  void line(std::size_t node, std::size_t depth, double distance) {
    const std::int32_t label = nodes_[node].label;
    const std::string& name = clusters_[static_cast<std::size_t>(label)].name;
    const std::string at = distance > 0.0 ? fmt::format("{:.4f}", distance) : "-";
    text_ += fmt::format("{:>9} {:>9}  {:{}}{}{}{}\n", at, grouped(nodes_[node].size), "", 2 * depth, label,
                         name.empty() ? "" : " ", name);
  }

  const std::vector<ReportHierarchyNode>& nodes_;
  const std::vector<ProjectCluster>& clusters_;
  Children children_;
  std::string text_;
};

std::string cut(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text;
  std::size_t end = width - 2;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "..";
}

std::string label_text(std::int32_t label) { return label < 0 ? "none" : fmt::format("{}", label); }

std::string name_of(std::int32_t label, const std::vector<ProjectCluster>& clusters) {
  return label < 0 ? "" : clusters.at(static_cast<std::size_t>(label)).name;
}

}  // namespace

Json to_json(const std::vector<ReportHierarchyNode>& hierarchy) {
  Json list = Json::array();
  for (std::size_t i = 0; i < hierarchy.size(); ++i) {
    const ReportHierarchyNode& node = hierarchy[i];
    list.push_back({{"node", i},
                    {"parent", node.parent < 0 ? Json() : Json(node.parent)},
                    {"cluster", node.label < 0 ? Json() : Json(node.label)},
                    {"distance", node.distance},
                    {"size", node.size}});
  }
  return list;
}

std::vector<Json> parents_of_clusters(const ProjectInfo& info) {
  std::vector<Json> parents(info.clusters.size());
  for (const ReportHierarchyNode& node : info.hierarchy) {
    if (node.label >= 0 && node.parent >= 0) parents.at(static_cast<std::size_t>(node.label)) = node.parent;
  }
  return parents;
}

std::string hierarchy_text(const ProjectInfo& info) {
  if (info.clusters.empty()) return "there are no clusters";
  if (info.hierarchy.empty())
    return "these clusters are not from one condensed tree: they have no hierarchy";
  std::string text = Tree(info.hierarchy, info.clusters).text();
  text.pop_back();
  return text;
}

Json to_json(const ValueCounts& counts, const std::vector<ProjectCluster>& clusters) {
  Json rows = Json::array();
  for (const ValueCounts::Row& row : counts.rows) {
    Json values = Json::object();
    for (std::size_t v = 0; v < counts.values.size(); ++v) {
      if (row.counts[v] > 0) values[counts.values[v]] = row.counts[v];
    }
    const std::string name = name_of(row.label, clusters);
    rows.push_back({{"cluster", row.label < 0 ? Json() : Json(row.label)},
                    {"name", name.empty() ? Json() : Json(name)},
                    {"files", row.files},
                    {"without_metadata", row.without},
                    {"values", std::move(values)}});
  }
  return {{"column", counts.column}, {"values", counts.values}, {"rows", std::move(rows)}};
}

std::string to_text(const ValueCounts& counts, const std::vector<ProjectCluster>& clusters, bool all) {
  constexpr std::size_t most = 8;
  constexpr std::size_t width = 12;
  const bool cut_off = !all && counts.values.size() > most;
  const std::size_t shown = cut_off ? most - 1 : counts.values.size();
  std::string text = fmt::format("{:>8} {:>9}", "cluster", "files");
  for (std::size_t v = 0; v < shown; ++v) {
    const std::string& value = counts.values[v];
    text += fmt::format(" {:>{}}", value.empty() ? "(empty)" : cut(value, width), width);
  }
  if (cut_off)
    text += fmt::format(" {:>{}}", fmt::format("{} others", counts.values.size() - shown), width);
  text += fmt::format(" {:>{}}  name\n", "no line", width);
  std::vector<const ValueCounts::Row*> rows;
  for (const ValueCounts::Row& row : counts.rows) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const ValueCounts::Row* a, const ValueCounts::Row* b) {
    return (a->label >= 0) != (b->label >= 0) ? a->label >= 0 : a->files > b->files;
  });
  for (const ValueCounts::Row* row : rows) {
    text += fmt::format("{:>8} {:>9}", label_text(row->label), grouped(row->files));
    std::uint64_t others = row->files - row->without;
    for (std::size_t v = 0; v < shown; ++v) {
      text += fmt::format(" {:>{}}", grouped(row->counts[v]), width);
      others -= row->counts[v];
    }
    if (cut_off) text += fmt::format(" {:>{}}", grouped(others), width);
    text += fmt::format(" {:>{}}  {}\n", grouped(row->without), width, name_of(row->label, clusters));
  }
  if (cut_off) text += fmt::format("{} values in all; -v shows every one\n", grouped(counts.values.size()));
  text.pop_back();
  return text;
}

}  // namespace clipcluster::cli
