// The tables under "How it was made".
#pragma once

#include <vector>

#include "clipcluster/report.h"
#include "clipcluster/status.h"
#include "pipeline/fitted_project.h"

namespace clipcluster::internal {

Result<std::vector<ReportSection>> how_it_was_made(const FittedProject& fitted);

}  // namespace clipcluster::internal
