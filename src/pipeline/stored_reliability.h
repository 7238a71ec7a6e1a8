// How well the confidences of a fit agreed with known classes, as the page shows it.
#pragma once

#include "clipcluster/project.h"
#include "clipcluster/report.h"
#include "clipcluster/status.h"
#include "pipeline/fitted_project.h"

namespace clipcluster::internal {

// Of the fit that was evaluated last, if that is this one; no bins else.
Result<ReportReliability> stored_reliability(const FittedProject& fitted);

}  // namespace clipcluster::internal
