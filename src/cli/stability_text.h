// What a consensus says, for people and programs.
#pragma once

#include <optional>
#include <string>

#include "cli/session.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {

// Null without a consensus.
Json to_json(const std::optional<ConsensusFigures>& figures);
// "100 runs, mean 0.81; unstable (below 0.6): 3, 17"
std::string stability_text(const ConsensusFigures& figures);

}  // namespace clipcluster::cli
