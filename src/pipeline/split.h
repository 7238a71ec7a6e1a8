// Holding images out of the fit, and what that shows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "clipcluster/pipeline.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

// true for round(fraction * n) of the points, at least one of them stays in the fit. Which ones
// depends on the seed and the points' hashes, not on their order; exact duplicates are one point.
std::vector<bool> choose_held_out(std::span<const std::string> hashes, double fraction, std::uint64_t seed);

// Points in the order: training, then held out. `everything`: labels of a fit on all of them.
Result<SplitFigures> measure_split(std::span<const ProjectPoint> points,
                                   std::span<const std::int32_t> everything);

}  // namespace clipcluster::internal
