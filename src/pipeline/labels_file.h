// Known classes of a project's images.
#pragma once

#include <string>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::internal {

struct LabelledPath {
  std::string path;
  std::string label;
};

// A CSV file with two columns, path and label; fields may be quoted ("" inside quotes is one quote
// mark) and then hold commas and newlines. A first line "path,label" is left out.
Result<std::vector<LabelledPath>> read_labels_file(const std::string& path);

// The name of the folder in which the file lies.
std::string folder_label(const std::string& path);

}  // namespace clipcluster::internal
