#include "cli/tsne_flags.h"

#include "cli/options.h"

namespace clipcluster::cli {

void add_tsne_flags(CLI::App& command, TsneFlags& flags, const std::string& init_name) {
  TsneOptions& options = flags.options;
  const std::string group = "t-SNE";
  add_real_number(command, "--perplexity", options.perplexity,
                  "How many neighbours count, softly; at most a third of the rows", {.smallest = 1})
      ->group(group);
  add_real_number(command, "--early-exaggeration", options.early_exaggeration,
                  "Weight of the attraction in the beginning", {.smallest = 1})
      ->group(group);
  add_whole_number(command, "--early-exaggeration-iter", options.early_exaggeration_iter,
                   "Iterations with --early-exaggeration", {0})
      ->group(group);
  add_whole_number(command, "--n-iter", options.n_iter, "Iterations in all", {1})->group(group);
  add_choice(command, init_name, flags.init, "Start of the layout", {"pca", "random"})->group(group);
  add_choice(command, "--tsne-method", flags.method,
             "How points repel: on a grid (two dimensions only), through a tree, or whichever is faster",
             {"automatic", "interpolation", "barnes-hut"})
      ->group(group);
  add_real_number(command, "--angle", options.angle, "Of barnes-hut: 0 is exact, larger is faster", {0, 1})
      ->group(group);
}

SvdSolver svd_solver_of(const std::string& name) {
  if (name == "exact") return SvdSolver::exact;
  return name == "randomized" ? SvdSolver::randomized : SvdSolver::automatic;
}

TsneOptions tsne_options(const TsneFlags& flags, std::uint64_t seed) {
  TsneOptions options = flags.options;
  options.init = flags.init == "random" ? TsneInit::random : TsneInit::pca;
  options.method = flags.method == "interpolation" ? TsneMethod::interpolation
                   : flags.method == "barnes-hut"  ? TsneMethod::barnes_hut
                                                   : TsneMethod::automatic;
  options.seed = seed;
  return options;
}

}  // namespace clipcluster::cli
