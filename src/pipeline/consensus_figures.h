// What a consensus says about a fit, as it is stored with it and shown.
#pragma once

#include <nlohmann/json.hpp>

#include "clipcluster/consensus.h"
#include "clipcluster/pipeline.h"
#include "pipeline/fitted_project.h"

namespace clipcluster::internal {

ConsensusFigures consensus_figures(const Consensus& consensus, int runs);
nlohmann::ordered_json consensus_json(const ConsensusFigures& figures);
// None where the figures of a fit have none.
std::optional<ConsensusFigures> consensus_from_json(const nlohmann::ordered_json& fit_figures);

// Stability of the clusters and confidences of the images, for the page. Nothing without a consensus.
Status add_stability(const FittedProject& fitted, ReportInput& input);

}  // namespace clipcluster::internal
