// What a project keeps about its clusters' names (docs/project-format.md).
#pragma once

#include "clipcluster/project.h"
#include "clipcluster/status.h"
#include "clipcluster/words.h"

namespace clipcluster::internal {

// The names in the catalogue with what is noted about them. A name that nobody noted is a person's.
Result<ClusterNames> read_names(const Project& project, const ProjectFit& fit);
Status store_names(Project& project, const ProjectFit& fit, const ClusterNames& names);

}  // namespace clipcluster::internal
