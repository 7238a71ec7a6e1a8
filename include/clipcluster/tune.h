// Finding the options that suit a project, and keeping them in it. The search is in tuning.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "clipcluster/tuning.h"

namespace clipcluster {

struct TuneOptions {
  TuningWishes wishes;
  double budget = 60.0;               // as in TuningOptions
  std::optional<std::uint64_t> seed;  // none: that of the project's fit
  bool dry_run = false;               // change nothing in the project
  bool keep_labels = false;           // as in TuningOptions; they are not stored
};

struct TuneSummary {
  std::size_t points = 0;            // that were clustered
  std::vector<std::string> paths;    // of each, with keep_labels; the order of TuningCandidate::labels
  TuningResult result;               // all that was tried; what a project keeps are the best kKept
  std::size_t chosen = 0;            // index into result.candidates
  std::string explanation;           // two sentences
  FitOptions options;                // of the fit with the chosen candidate
  std::size_t former_clusters = 0;   // before; 0 without a fit
  int former_consensus_runs = 0;     // of the fit before; the new one is a single fit, as it was judged
  std::optional<RunSummary> fitted;  // counts and steps of the new fit; none after a dry run
};

// Of the candidates, how many a project keeps to choose from later.
inline constexpr std::size_t kKeptCandidates = 10;

// Searches around the options of the project's fit, or the usual ones when there is none: what is not
// searched (metric, principal components before UMAP, held-out share, noise rule, ...) stays, except that a
// consensus becomes a single fit, which is what the candidates are. Near-duplicates and
// held-out images take no part. Keeps the best candidates in the project and fits it again with the first.
// Stopped before its end, it has changed nothing. not_found without embeddings; unsupported for other
// reducers than UMAP; invalid_argument for fewer than 10 images.
Result<TuneSummary> tune_project(const std::string& folder, const TuneOptions& options,
                                 Progress& progress = Progress::none());

// Takes another of the candidates that the project keeps, 1 being the best, and fits again. not_found when
// it was never tuned.
Result<TuneSummary> use_tuning(const std::string& folder, std::size_t rank,
                               Progress& progress = Progress::none());

// Later runs go by the usual options again. The fit stays as it is until then.
Status forget_tuning(const std::string& folder);

// The options that a run of this project goes by: `said`, with what tune chose in place of everything that
// is not among `given` (names as in JSON: "n_neighbors"). None where the project was never tuned, was tuned
// with other embeddings (of another model, or other rows than `rows` where these are not empty), or
// `given` asks for another reducer or for a consensus, which tries many settings itself.
Result<std::optional<FitOptions>> tuned_fit_options(const std::string& folder, const FitOptions& said,
                                                    const std::set<std::string>& given,
                                                    MatrixView<const float> rows = {});

// The table of candidates for people: names of the columns, and a candidate's cells beside them.
std::vector<std::string> tuning_columns();
std::vector<std::string> tuning_cells(const TuningCandidate& candidate);

}  // namespace clipcluster
