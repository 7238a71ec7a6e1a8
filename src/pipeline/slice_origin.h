// What a slice remembers of where it came from.
#pragma once

#include <optional>

#include "clipcluster/pipeline.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// None for a project that is no slice.
Result<std::optional<SliceOrigin>> read_slice_origin(const Project& project);
// A parent that the slice lies in is noted by the way up to it, so that both may move together.
Status store_slice_origin(Project& project, const SliceOrigin& origin);

// What stands in a slice comes from its parent: an error that says how to bring it up to date.
Status refuse_slice(const Project& project);

// "clipcluster refine pictures --cluster 7"
std::string refine_command_text(const SliceOrigin& origin);

}  // namespace clipcluster::internal
