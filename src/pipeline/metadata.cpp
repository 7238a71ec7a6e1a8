#include "pipeline/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "pipeline/csv.h"
#include "pipeline/paths.h"

namespace clipcluster::internal {
namespace {

constexpr const char* kWanted = "name a CSV file whose first line names its columns, one of them path";

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

bool all_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

Result<Metadata> Metadata::read(const std::string& file) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<CsvRecord> records, read_csv(file, kWanted));
  if (records.empty()) return Status::invalid_argument("'" + file + "' is empty; " + kWanted);
  Metadata metadata;
  metadata.file_ = file;
  CLIPCLUSTER_RETURN_IF_ERROR(metadata.take_header(records.front().fields));
  const std::string base = std::filesystem::path(absolute_path(file)).parent_path().string();
  for (std::size_t i = 1; i < records.size(); ++i) {
    std::vector<std::string>& fields = records[i].fields;
    if (fields.size() != records.front().fields.size()) {
      return Status::invalid_argument(
          fmt::format("line {} of '{}' has {} fields, but there are {} columns; put a field that holds a "
                      "comma in quotes",
                      records[i].line, file, fields.size(), records.front().fields.size()));
    }
    metadata.take_line(std::move(fields), base);
  }
  return metadata;
}

Status Metadata::take_header(const std::vector<std::string>& fields) {
  std::vector<std::string> names;
  for (const std::string& field : fields) names.push_back(trimmed(field));
  const auto path = std::find(names.begin(), names.end(), "path");
  if (path == names.end()) {
    return Status::invalid_argument(
        fmt::format("the first line of '{}' names no column 'path', but {}; {}, with commas between them",
                    file_, fmt::join(names, ", "), kWanted));
  }
  path_column_ = static_cast<std::size_t>(path - names.begin());
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      return Status::invalid_argument("the first line of '" + file_ + "' names the column '" + *name +
                                      "' twice; give each column a name of its own");
    }
    if (name != path) columns_.push_back(*name);
  }
  return {};
}

void Metadata::take_line(std::vector<std::string> fields, const std::string& base) {
  const std::string written = fields[path_column_];
  fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(path_column_));
  const bool absolute = written.starts_with('/');
  const std::size_t number = lines_.size();
  if (!line_by_path_.emplace(absolute_path(absolute ? written : base + "/" + written), number).second) {
    ++repeated_;
    return;
  }
  line_by_path_.emplace(written, number);
  if (all_digits(written)) line_by_path_.emplace("row " + written, number);
  lines_.push_back(std::move(fields));
}

bool Metadata::has(const std::string& column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

Result<std::size_t> Metadata::column(const std::string& name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found != columns_.end()) return static_cast<std::size_t>(found - columns_.begin());
  return Status::not_found(
      fmt::format("'{}' has no column '{}'; beside path it has {}", file_, name,
                  columns_.empty() ? "none" : fmt::format("{}", fmt::join(columns_, ", "))));
}

std::vector<std::string> Metadata::frequent_values(const std::string& name, std::size_t most) const {
  const Result<std::size_t> at = column(name);
  if (!at.is_ok()) return {};
  std::map<std::string, std::size_t> counts;
  for (const Line& line : lines_) ++counts[line[*at]];
  std::vector<std::string> values;
  for (const auto& entry : counts) values.push_back(entry.first);
  std::stable_sort(values.begin(), values.end(),
                   [&](const std::string& a, const std::string& b) { return counts[a] > counts[b]; });
  values.resize(std::min(values.size(), most));
  return values;
}

const Metadata::Line* Metadata::line_of(const std::string& path) const {
  const auto found = line_by_path_.find(path);
  return found == line_by_path_.end() ? nullptr : &lines_[found->second];
}

}  // namespace clipcluster::internal
