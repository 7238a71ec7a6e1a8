// Fit options from the command line, over what tune chose for a project.
#pragma once

#include <string>

#include "cli/fit_flags.h"
#include "cli/session.h"
#include "clipcluster/matrix.h"

namespace clipcluster::cli {

// What was said on the command line wins; a note says that the rest is tune's choice, if it is. `rows`: of
// a project without images. May throw UsageError.
Result<FitOptions> fit_options_for(const std::string& project, const FitFlags& flags, Session& session,
                                   MatrixView<const float> rows = {});

}  // namespace clipcluster::cli
