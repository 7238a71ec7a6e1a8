#include "cli/fit_flags.h"

#include <fmt/format.h>

#include "cli/options.h"
#include "cli/usage_error.h"

namespace clipcluster::cli {

void add_fit_flags(CLI::App& command, FitFlags& flags) {
  add_real_number(command, "--test-fraction", flags.options.test_fraction,
                  "Share of the images that is held out of the fit and assigned afterwards",
                  {.smallest = 0, .largest = 1, .open_above = true});
  add_umap_flags(command, flags.umap);
  add_real_number(command, "--map-min-dist", flags.options.map_min_dist,
                  "--min-dist of the two-dimensional map", {})
      ->group("UMAP");
  add_whole_number(
      command, "--min-cluster-size", flags.options.min_cluster_size,
      "Smaller groups are noise (default half the square root of the number of images, at least 5)", {2})
      ->group("HDBSCAN");
  add_hdbscan_flags(command, flags.hdbscan);
}

FitOptions fit_options(const FitFlags& flags, std::uint64_t seed) {
  FitOptions options = flags.options;
  options.umap = umap_options(flags.umap, seed);
  options.hdbscan = hdbscan_options(flags.hdbscan, options.min_cluster_size);
  options.seed = seed;
  if (options.map_min_dist > options.umap.spread) {
    throw UsageError(fmt::format(
        "--map-min-dist {} is above --spread {}; give a smaller --map-min-dist or a larger --spread",
        options.map_min_dist, options.umap.spread));
  }
  return options;
}

}  // namespace clipcluster::cli
