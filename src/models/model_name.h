// Names of models: <owner>/<name>, as on Hugging Face.
#pragma once

#include <string>

#include "clipcluster/status.h"

namespace clipcluster::models {

// invalid_argument unless `name` is <owner>/<name> of letters, digits, '.', '_' and '-': it becomes part
// of a path and of an address.
Status check_model_name(const std::string& name);

// The same for the name of a file in a repository.
bool is_plain_file_name(const std::string& name);

// `text` as one segment of an address.
std::string url_segment(const std::string& text);

}  // namespace clipcluster::models
