// From scores to an order of candidates.
#pragma once

#include <vector>

#include "clipcluster/tuning.h"
#include "tuning/measure.h"

namespace clipcluster::tuning {

// Fills in TuningScores::total. Of several with the same clusters the best is kept.
TuningResult best_first(std::vector<ClusteringSetting> settings, std::vector<Measured> measured,
                        const TuningPlan& plan, double intrinsic_dimension, const TuningOptions& options);

}  // namespace clipcluster::tuning
