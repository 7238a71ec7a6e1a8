// The clusterings of one layout setting: every density setting on every layout of it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/tuning.h"
#include "tuning/grid.h"
#include "tuning/samples.h"

namespace clipcluster::tuning {

// One layout and what all density settings make of it.
struct Run {
  MatrixF layout;
  std::vector<std::vector<std::int32_t>> labels;  // by density setting; of the sample's rows
  std::vector<double> validity;                   // by density setting; empty unless asked for
};

// density: as density_settings gives them. with_validity: of the run that candidates are judged by.
Result<Run> run_layout(const Sample& sample, std::uint64_t seed, const LayoutSetting& layout,
                       std::span<const ClusteringSetting> density, const TuningOptions& options,
                       bool with_validity, Progress& progress);

}  // namespace clipcluster::tuning
