#pragma once

#include <string_view>

namespace clipcluster::internal {

// The whole text: * is any number of characters, also '/', ? is one (of UTF-8), \ takes the next one as it
// stands. Case matters.
bool wildcards_match(std::string_view pattern, std::string_view text);

}  // namespace clipcluster::internal
