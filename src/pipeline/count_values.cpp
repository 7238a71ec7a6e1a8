// A column of metadata against the clusters.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "clipcluster/slices.h"
#include "pipeline/fitted_project.h"
#include "pipeline/labels_file.h"
#include "pipeline/metadata.h"
#include "pipeline/selection.h"

namespace clipcluster {
namespace {

using internal::FittedProject;
using internal::Metadata;

constexpr const char* kFolder = "folder";

// What says the value of a path.
struct Column {
  std::optional<Metadata> metadata;
  std::size_t at = 0;

  std::optional<std::string> value(const std::string& path) const {
    if (!metadata) return internal::folder_label(path);
    const Metadata::Line* line = metadata->line_of(path);
    return line != nullptr ? std::optional((*line)[at]) : std::nullopt;
  }
};

Result<Column> find_column(const Project& project, const std::string& name, const std::string& metadata) {
  std::string file = metadata;
  if (file.empty()) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::StoredSelection stored, internal::read_selection(project));
    file = stored.metadata;
  }
  Column column;
  const bool has_folders = project.kind() == ProjectKind::images;
  if (file.empty()) {
    if (has_folders && name == kFolder) return column;
    return Status::not_found(
        fmt::format("no metadata is known for '{}', so there is no column '{}'; give --metadata FILE.csv{}",
                    project.folder(), name, has_folders ? ", or take folder" : ""));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(column.metadata, Metadata::read(file));
  if (has_folders && name == kFolder && !column.metadata->has(name)) return Column();
  CLIPCLUSTER_ASSIGN_OR_RETURN(column.at, column.metadata->column(name));
  return column;
}

struct CountsOfCluster {
  std::map<std::string, std::uint64_t> of_value;
  std::uint64_t without = 0;
  std::uint64_t files = 0;

  void add(const std::optional<std::string>& value) {
    ++files;
    if (value) {
      ++of_value[*value];
    } else {
      ++without;
    }
  }
};

std::vector<std::string> most_frequent_first(const std::vector<CountsOfCluster>& clusters) {
  std::map<std::string, std::uint64_t> totals;
  for (const CountsOfCluster& cluster : clusters) {
    for (const auto& [value, count] : cluster.of_value) totals[value] += count;
  }
  std::vector<std::string> values;
  for (const auto& entry : totals) values.push_back(entry.first);
  std::stable_sort(values.begin(), values.end(),
                   [&](const std::string& a, const std::string& b) { return totals[a] > totals[b]; });
  return values;
}

}  // namespace

Result<ValueCounts> count_values(const std::string& project, const std::string& column,
                                 const std::string& metadata) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FittedProject fitted, internal::read_fitted_project(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Column source, find_column(*fitted.project, column, metadata));
  const std::size_t clusters = fitted.fit.clusters.size();
  std::vector<CountsOfCluster> found(clusters + 1);  // the last one: noise
  for (std::size_t i = 0; i < fitted.points.size(); ++i) {
    const std::int32_t label = fitted.fit.points[i].label;
    CountsOfCluster& counts = found.at(label < 0 ? clusters : static_cast<std::size_t>(label));
    if (!fitted.points[i].path.empty()) counts.add(source.value(fitted.points[i].path));
    for (const std::string& copy : fitted.points[i].copies) counts.add(source.value(copy));
  }
  ValueCounts table;
  table.column = column;
  table.values = most_frequent_first(found);
  for (std::size_t c = 0; c < found.size(); ++c) {
    ValueCounts::Row row;
    row.label = c < clusters ? static_cast<std::int32_t>(c) : -1;
    row.without = found[c].without;
    row.files = found[c].files;
    for (const std::string& value : table.values) {
      const auto count = found[c].of_value.find(value);
      row.counts.push_back(count == found[c].of_value.end() ? 0 : count->second);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace clipcluster
