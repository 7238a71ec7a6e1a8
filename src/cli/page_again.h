// For commands that change what the page of a project shows.
#pragma once

#include <string>

#include "cli/session.h"
#include "clipcluster/status.h"

namespace clipcluster::cli {

// Writes PROJECT/page again if there is one. Whether it did.
Result<bool> page_again(const std::string& project, Session& session);

}  // namespace clipcluster::cli
