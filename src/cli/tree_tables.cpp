#include "cli/tree_tables.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "cli/usage_error.h"

namespace clipcluster::cli {
namespace {

struct Column {
  std::string name;
  std::vector<double> values;
};

// Whole numbers without a point, others so that reading gives the same number.
std::string number(double value) { return fmt::format("{}", value); }

std::string to_csv(const std::vector<Column>& columns) {
  std::string text;
  for (const Column& column : columns) text += (text.empty() ? "" : ",") + column.name;
  text += '\n';
  for (std::size_t i = 0; i < columns[0].values.size(); ++i) {
    for (const Column& column : columns) {
      if (&column != columns.data()) text += ',';
      fmt::format_to(std::back_inserter(text), "{}", column.values[i]);
    }
    text += '\n';
  }
  return text;
}

std::string to_json_text(const std::vector<Column>& columns) {
  std::string text = "{";
  for (const Column& column : columns) {
    if (&column != columns.data()) text += ",";
    text += fmt::format("\n\"{}\": [", column.name);
    for (std::size_t i = 0; i < column.values.size(); ++i) {
      if (i > 0) text += ',';
      text += std::isfinite(column.values[i]) ? number(column.values[i]) : "null";
    }
    text += "]";
  }
  return text + "\n}\n";
}

Status write_table(Outputs& outputs, const std::string& path, const std::vector<Column>& columns) {
  if (path.ends_with(".csv")) return outputs.write_text(path, to_csv(columns));
  if (path.ends_with(".json")) return outputs.write_text(path, to_json_text(columns));
  Matrix<double> table(columns[0].values.size(), columns.size());
  for (std::size_t j = 0; j < columns.size(); ++j) {
    for (std::size_t i = 0; i < table.rows(); ++i) table(i, j) = columns[j].values[i];
  }
  return outputs.write(path, table.view());
}

template <class Row, class Member>
Column column(const std::string& name, const std::vector<Row>& rows, Member member) {
  Column result{name, {}};
  result.values.reserve(rows.size());
  for (const Row& row : rows) result.values.push_back(static_cast<double>(row.*member));
  return result;
}

}  // namespace

void expect_table_name(const std::string& option, const std::string& path) {
  if (path.empty() || path.ends_with(".csv") || path.ends_with(".json") || path.ends_with(".npy")) return;
  throw UsageError(
      fmt::format("{}: '{}' must end in .csv, .json or .npy, which says how to write it", option, path));
}

Status write_condensed_tree(Outputs& outputs, const std::string& path, const HdbscanResult& result) {
  if (path.empty()) return {};
  const auto& rows = result.condensed_tree;
  return write_table(
      outputs, path,
      {column("parent", rows, &CondensedRow::parent), column("child", rows, &CondensedRow::child),
       column("lambda", rows, &CondensedRow::lambda),
       column("child_size", rows, &CondensedRow::child_size)});
}

Status write_linkage(Outputs& outputs, const std::string& path, const HdbscanResult& result) {
  if (path.empty()) return {};
  const auto& rows = result.single_linkage;
  return write_table(
      outputs, path,
      {column("left", rows, &LinkageRow::left), column("right", rows, &LinkageRow::right),
       column("distance", rows, &LinkageRow::distance), column("size", rows, &LinkageRow::size)});
}

Status write_spanning_tree(Outputs& outputs, const std::string& path, const HdbscanResult& result) {
  if (path.empty()) return {};
  const auto& rows = result.spanning_tree;
  return write_table(outputs, path,
                     {column("a", rows, &SpanningEdge::a), column("b", rows, &SpanningEdge::b),
                      column("distance", rows, &SpanningEdge::weight)});
}

Status write_exemplars(Outputs& outputs, const std::string& path,
                       const std::vector<std::vector<std::int32_t>>& exemplars) {
  if (path.empty()) return {};
  Column labels{"label", {}};
  Column rows{"row", {}};
  for (std::size_t label = 0; label < exemplars.size(); ++label) {
    for (const std::int32_t row : exemplars[label]) {
      labels.values.push_back(static_cast<double>(label));
      rows.values.push_back(row);
    }
  }
  return write_table(outputs, path, {std::move(labels), std::move(rows)});
}

}  // namespace clipcluster::cli
