// Sentences for what the operating system refuses.
#pragma once

#include <string>
#include <string_view>

#include "clipcluster/status.h"

namespace clipcluster::internal {

// "cannot <action> '<path>': <why>", with a remedy where one is known. `error` is an errno.
Status system_error(std::string_view action, const std::string& path, int error);

}  // namespace clipcluster::internal
