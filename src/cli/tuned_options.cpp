#include "cli/tuned_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "clipcluster/tune.h"

namespace clipcluster::cli {
namespace {

// "--n-neighbors" as "n_neighbors", its name in JSON.
std::set<std::string> given_options(const CLI::App& command) {
  std::set<std::string> given;
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0) continue;
    for (std::string name : option->get_lnames()) {
      std::replace(name.begin(), name.end(), '-', '_');
      given.insert(name == "consensus" ? "consensus_runs" : name);
    }
  }
  return given;
}

}  // namespace

Result<FitOptions> fit_options_for(const std::string& project, const FitFlags& flags, Session& session,
                                   MatrixView<const float> rows) {
  const FitOptions said = fit_options(flags, session.common().seed);
  if (flags.no_tuned) return said;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<FitOptions> tuned,
                               tuned_fit_options(project, said, given_options(*flags.command), rows));
  if (!tuned) return said;
  session.note(fmt::format(
      "going by what tune chose for this project (n_neighbors {}, n_components {}, min_cluster_size {}, "
      "min_samples {}, {}); --no-tuned does without",
      tuned->umap.n_neighbors, tuned->umap.n_components, tuned->min_cluster_size.value_or(0),
      tuned->hdbscan.min_samples.value_or(0),
      cluster_selection_method_name(tuned->hdbscan.cluster_selection_method)));
  return *tuned;
}

}  // namespace clipcluster::cli
