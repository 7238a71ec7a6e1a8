#pragma once

#include <string>
#include <vector>

#include "clipcluster/pipeline.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// Labels, ascending, each once; `parent` is left empty. A text of digits is a label, any other the name of
// a cluster. not_found, naming what there is.
Result<SliceOrigin> choose_clusters(const std::vector<ProjectCluster>& clusters,
                                    const std::vector<std::string>& wanted, bool noise);

}  // namespace clipcluster::internal
