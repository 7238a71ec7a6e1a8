// Comma-separated values: RFC 4180, line ends LF or CR LF, a UTF-8 byte order mark left out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::internal {

struct CsvRecord {
  std::vector<std::string> fields;  // bytes as they stand, quotes taken off
  std::size_t line = 1;             // where it begins, from 1
};

// Fields may be quoted ("" inside quotes is one quote mark) and then hold commas and newlines. Empty lines
// are left out. `wanted` says in the errors what to name instead: "name a CSV file with ...".
Result<std::vector<CsvRecord>> read_csv(const std::string& path, const std::string& wanted);

}  // namespace clipcluster::internal
