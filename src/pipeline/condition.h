// One --where: NAME = PATTERN or NAME != PATTERN.
#pragma once

#include <string>

#include "clipcluster/status.h"

namespace clipcluster::internal {

struct Condition {
  std::string text;  // as written
  std::string name;  // "path", or a column of the metadata
  bool equal = true;
  std::string pattern;  // wildcards.h

  bool is_about_path() const { return name == "path"; }
  bool holds_for(const std::string& value) const;
  // A pattern that does not begin with '/' may begin at any folder of the path.
  bool holds_for_path(const std::string& path) const;
};

// Spaces around the name and the pattern do not count; either may stand in double quotes, which keeps them
// ("" inside is one quote mark), and lets a name hold = and !. An empty pattern is the empty value.
Result<Condition> parse_condition(const std::string& text);

}  // namespace clipcluster::internal
