// The figures of a RunSummary.
#pragma once

#include "clipcluster/pipeline.h"
#include "pipeline/fit_project.h"

namespace clipcluster::internal {

Status count_files(const Project& project, RunSummary& summary);
void add_fit(const ProjectFitOutcome& fit, RunSummary& summary);

}  // namespace clipcluster::internal
