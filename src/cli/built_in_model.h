// Which CLIP checkpoint is used when nobody names one.
#pragma once

#include <string>

#include "cli/session.h"
#include "clipcluster/status.h"

namespace clipcluster::cli {

// `given` (--model) if it is not empty, else the environment variable CLIPCLUSTER_MODEL, else the
// built-in demonstration model, which the session then says in one line.
Result<std::string> model_folder(const std::string& given, Session& session);

}  // namespace clipcluster::cli
