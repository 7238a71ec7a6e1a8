#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace clipcluster::cli {

// One line. Bytes that are not UTF-8 become U+FFFD.
std::string json_line(const nlohmann::ordered_json& value);

// object["path"] = path; and, for a path that is not UTF-8 and so cannot be given whole in JSON,
// object["path_percent_encoded"] with its bytes.
void set_path(nlohmann::ordered_json& object, const std::string& path);

}  // namespace clipcluster::cli
