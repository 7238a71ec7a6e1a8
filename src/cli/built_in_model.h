// Which CLIP checkpoint is used when nobody names one.
#pragma once

#include <string>

#include "cli/session.h"
#include "clipcluster/status.h"

namespace clipcluster::cli {

// The folder of a model given as a folder or as the name of a downloaded one.
Result<std::string> named_model(const std::string& model);

// `given` (--model) if it is not empty, else `former` (what made the project) if that folder is still
// there, else the environment variable CLIPCLUSTER_MODEL, else the built-in demonstration model. When
// it is the built-in one, the session says so in one line.
Result<std::string> model_folder(const std::string& given, const std::string& former, Session& session);

}  // namespace clipcluster::cli
