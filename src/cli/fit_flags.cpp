#include "cli/fit_flags.h"

#include <fmt/format.h>

#include "cli/options.h"
#include "cli/usage_error.h"

namespace clipcluster::cli {

void add_fit_flags(CLI::App& command, FitFlags& flags) {
  add_real_number(command, "--test-fraction", flags.options.test_fraction,
                  "Share of the images that is held out of the fit and assigned afterwards",
                  {.smallest = 0, .largest = 1, .open_above = true});
  flags.command = &command;
  command
      .add_option("--noise", flags.noise,
                  "What becomes of images in no cluster: keep, nearest (cluster by density), soft (by "
                  "membership), or target=SHARE, the surest first until at most that share is left")
      ->type_name("RULE")
      ->capture_default_str();
  add_whole_number(command, "--consensus", flags.options.consensus_runs,
                   "Cluster this many times, with other seeds and samples, and keep what most agree on; 0 "
                   "is one fit. 200 is a good number",
                   {0, 1000});
  command.add_flag("--no-tuned", flags.no_tuned, "Go by the usual options, not by what tune chose");
  add_choice(command, "--reducer", flags.reducer, "What makes few columns of the embeddings",
             {"umap", "pca", "tsne"});
  add_whole_number(command, "--pca-components", flags.options.pca_components,
                   "Principal components that UMAP or t-SNE gets instead of the embeddings; 0 is none",
                   {0});
  add_choice(command, "--svd-solver", flags.svd_solver,
             "Of principal components: exact through the covariance, randomised, or what is less work",
             {"automatic", "exact", "randomized"});
  add_umap_flags(command, flags.umap);
  add_tsne_flags(command, flags.tsne, "--tsne-init");
  add_real_number(command, "--map-min-dist", flags.options.map_min_dist,
                  "--min-dist of the two-dimensional map", {})
      ->group("UMAP");
  add_whole_number(
      command, "--min-cluster-size", flags.options.min_cluster_size,
      "Smaller groups are noise (default a quarter of the square root of the number of images, at least 5)",
      {2})
      ->group("HDBSCAN");
  add_hdbscan_flags(command, flags.hdbscan);
}

namespace {

// --n-components, --metric and --learning-rate are for whichever reducer there is; its own defaults
// hold where they are not given.
TsneOptions fit_tsne_options(const FitFlags& flags, const FitOptions& options) {
  TsneOptions tsne = tsne_options(flags.tsne, options.seed);
  tsne.metric = options.umap.metric;
  if (flags.command->count("--n-components") > 0) tsne.n_components = options.umap.n_components;
  if (flags.command->count("--learning-rate") > 0) tsne.learning_rate = options.umap.learning_rate;
  return tsne;
}

NoiseOptions noise_options(const std::string& text) {
  const Result<NoiseOptions> options = parse_noise_options(text);
  if (!options.is_ok()) throw UsageError("--noise: " + options.status().message());
  return *options;
}

void check_reducer(const FitOptions& options) {
  if (options.reducer == Reducer::pca && options.pca_components > 0) {
    throw UsageError(
        "--pca-components is for the reducers umap and tsne; with --reducer pca give --n-components");
  }
  if (options.reducer != Reducer::tsne) return;
  const int components = options.tsne.n_components;
  if (components != 2 && components != 3) {
    throw UsageError(fmt::format("--reducer tsne gives 2 or 3 columns; --n-components is {}", components));
  }
  if (components == 3 && options.tsne.method == TsneMethod::interpolation) {
    throw UsageError("--tsne-method interpolation works in two dimensions only; give barnes-hut");
  }
}

}  // namespace

FitOptions fit_options(const FitFlags& flags, std::uint64_t seed) {
  FitOptions options = flags.options;
  options.noise = noise_options(flags.noise);
  options.seed = seed;
  options.umap = umap_options(flags.umap, seed);
  options.reducer = parse_reducer(flags.reducer).value();
  options.tsne = fit_tsne_options(flags, options);
  options.pca.n_components = options.umap.n_components;
  options.pca.svd_solver = svd_solver_of(flags.svd_solver);
  check_reducer(options);
  options.hdbscan = hdbscan_options(flags.hdbscan, options.min_cluster_size);
  if (options.map_min_dist > options.umap.spread) {
    throw UsageError(fmt::format(
        "--map-min-dist {} is above --spread {}; give a smaller --map-min-dist or a larger --spread",
        options.map_min_dist, options.umap.spread));
  }
  return options;
}

}  // namespace clipcluster::cli
