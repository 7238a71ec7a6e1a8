// What a project keeps of a search for options (docs/project-format.md).
#pragma once

#include <optional>
#include <string>

#include "clipcluster/project.h"
#include "clipcluster/report.h"
#include "clipcluster/status.h"
#include "clipcluster/tune.h"

namespace clipcluster::internal {

struct StoredTuning {
  std::string fingerprint;  // of the embeddings that were searched
  FitOptions options;       // of the fit, the chosen candidate's setting in them
  TuningResult result;      // the best candidates, without labels
  std::size_t chosen = 0;
  std::string explanation;
};

// None when the project was never tuned or was told to forget it; corrupt when it cannot be read.
Result<std::optional<StoredTuning>> read_tuning(const Project& project);
Status store_tuning(Project& project, const StoredTuning& tuning);
Status drop_tuning(Project& project);

// For the page; empty where there is nothing that can be read. fit_options: ProjectFit::options of the fit
// that the page shows.
ReportTuning report_tuning(const Project& project, const std::string& fit_options);

}  // namespace clipcluster::internal
