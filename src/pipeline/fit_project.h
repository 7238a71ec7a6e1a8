// Fits what a project has embedded and stores the result in it.
#pragma once

#include <optional>

#include "clipcluster/pipeline.h"
#include "clipcluster/progress.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"
#include "pipeline/step_clock.h"

namespace clipcluster::internal {

Status check_fit_options(const FitOptions& options);

struct ProjectFitOutcome {
  bool reused = false;  // the stored fit is of the same images with the same options
  std::size_t clusters = 0;
  std::size_t noise = 0;
  NoiseFigures noise_figures;
  int min_cluster_size = 0;
  std::optional<ConsensusFigures> consensus;
  std::optional<SplitFigures> split;
};

// The project must have at least one usable image.
Result<ProjectFitOutcome> fit_project(Project& project, const FitOptions& options, StepClock& clock,
                                      Progress& progress);

}  // namespace clipcluster::internal
