#pragma once

#include <string_view>

namespace clipcluster::naming {

std::string_view vocabulary_text();  // vocabulary.txt

}  // namespace clipcluster::naming
