// What a fit needs, before anything of it runs.
#pragma once

#include <cstddef>

#include "clipcluster/pipeline.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// resource_limit when the greediest step of a fit of n rows of d columns would find no room: better now
// than after the steps before it. The steps ask again, each for itself.
Status require_fit_memory(std::size_t n, std::size_t d, const FitOptions& options, Progress& progress);

}  // namespace clipcluster::internal
