#include "cli/umap_flags.h"

#include <fmt/format.h>

#include "cli/options.h"
#include "cli/usage_error.h"

namespace clipcluster::cli {

void add_umap_flags(CLI::App& command, UmapFlags& flags) {
  UmapOptions& options = flags.options;
  const std::string group = "UMAP";
  add_whole_number(command, "--n-neighbors", options.n_neighbors, "Neighbours of a point, itself included",
                   {2})
      ->group(group);
  add_whole_number(command, "--n-components", options.n_components, "Columns of the result", {1, 1000})
      ->group(group);
  add_real_number(command, "--min-dist", options.min_dist, "How close points may come, at most --spread",
                  {})
      ->group(group);
  add_real_number(command, "--spread", options.spread, "Scale of the result",
                  {.smallest = 0, .open_below = true})
      ->group(group);
  add_choice(command, "--metric", flags.metric, "Distance between rows", {"cosine", "euclidean"})
      ->group(group);
  add_whole_number(command, "--n-epochs", options.n_epochs,
                   "Rounds of layout (default 500 up to 10,000 rows, else 200)", {1})
      ->group(group);
  add_real_number(command, "--learning-rate", options.learning_rate, "First step size of the layout",
                  {.smallest = 0, .open_below = true})
      ->group(group);
  add_whole_number(command, "--negative-sample-rate", options.negative_sample_rate,
                   "Repulsions per attraction", {0, 10000})
      ->group(group);
  add_real_number(command, "--repulsion-strength", options.repulsion_strength, "Weight of a repulsion", {})
      ->group(group);
  add_real_number(command, "--set-op-mix-ratio", options.set_op_mix_ratio,
                  "1: union of the neighbourhoods, 0: intersection", {0, 1})
      ->group(group);
  add_real_number(command, "--local-connectivity", options.local_connectivity,
                  "Neighbours taken as fully connected", {})
      ->group(group);
  add_choice(command, "--init", flags.init, "Start of the layout", {"spectral", "random"})->group(group);
}

UmapOptions umap_options(const UmapFlags& flags, std::uint64_t seed) {
  UmapOptions options = flags.options;
  if (options.min_dist > options.spread) {
    throw UsageError(
        fmt::format("--min-dist {} is above --spread {}; give a smaller --min-dist or a larger --spread",
                    options.min_dist, options.spread));
  }
  options.metric = parse_metric(flags.metric).value();
  options.init = flags.init == "random" ? UmapInit::random : UmapInit::spectral;
  options.seed = seed;
  return options;
}

}  // namespace clipcluster::cli
