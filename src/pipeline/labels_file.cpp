#include "pipeline/labels_file.h"

#include <fmt/format.h>

#include <filesystem>

#include "pipeline/csv.h"

namespace clipcluster::internal {

Result<std::vector<LabelledPath>> read_labels_file(const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const std::vector<CsvRecord> records,
      read_csv(path, "name a CSV file with the columns path,label, or say 'folders'"));
  std::vector<LabelledPath> labels;
  for (const CsvRecord& record : records) {
    const std::vector<std::string>& fields = record.fields;
    if (fields.size() != 2) {
      return Status::invalid_argument(fmt::format(
          "line {} of '{}' has {} fields instead of the two path,label; put a field that holds a comma "
          "in quotes",
          record.line, path, fields.size()));
    }
    if (record.line == 1 && fields[0] == "path" && fields[1] == "label") continue;
    labels.push_back({fields[0], fields[1]});
  }
  return labels;
}

std::string folder_label(const std::string& path) {
  return std::filesystem::path(path).parent_path().filename().string();
}

}  // namespace clipcluster::internal
