// Lists of paths: files.txt, and paths on standard input.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::cli {

// One path a line. A path with a line break is written as sha256sum does it: the line begins with a
// backslash, and backslash and line break are written \\ and \n in it. With `null` each path ends with a
// NUL byte instead and is never changed.
std::string format_path_list(std::span<const std::string> paths, bool null);
// What format_path_list wrote without `null`.
Result<std::vector<std::string>> read_path_list(const std::string& file);

// The path of one line of such a list.
std::string parse_path_line(std::string_view line);

}  // namespace clipcluster::cli
