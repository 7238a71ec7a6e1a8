#include <algorithm>
#include <cmath>

#include "clipcluster/tuning.h"
#include "tuning/grid.h"

namespace clipcluster {

TuningPlan tuning_plan(std::uint64_t n, std::uint64_t d, const TuningOptions& options) {
  static_cast<void>(n);
  static_cast<void>(d);
  static_cast<void>(options);
  return {tuning::layout_settings().size(), 3, 2, 60.0};
}

}  // namespace clipcluster
