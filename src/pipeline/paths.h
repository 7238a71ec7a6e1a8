#pragma once

#include <string>
#include <vector>

namespace clipcluster::internal {

// Absolute, "." and doubled slashes removed; ".." stays, because behind a symbolic link it does not
// mean the folder that the text suggests.
std::string absolute_path(const std::string& path);
std::vector<std::string> absolute_paths(const std::vector<std::string>& paths);

}  // namespace clipcluster::internal
