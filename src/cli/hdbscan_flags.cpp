#include "cli/hdbscan_flags.h"

#include <fmt/format.h>

#include "cli/options.h"
#include "cli/usage_error.h"

namespace clipcluster::cli {

void add_hdbscan_flags(CLI::App& command, HdbscanFlags& flags) {
  HdbscanOptions& options = flags.options;
  const std::string group = "HDBSCAN";
  const std::string usual =
      options.min_samples ? std::to_string(*options.min_samples) : "--min-cluster-size";
  add_whole_number(
      command, "--min-samples", options.min_samples,
      fmt::format("Neighbours that make a point dense, itself not counted (default {})", usual), {1})
      ->group(group);
  add_choice(command, "--cluster-selection-method", flags.method,
             "Excess of mass, or the leaves of the tree", {"eom", "leaf"})
      ->group(group);
  add_real_number(command, "--cluster-selection-epsilon", options.cluster_selection_epsilon,
                  "Clusters closer than this are not split", {})
      ->group(group);
  add_whole_number(command, "--max-cluster-size", options.max_cluster_size,
                   "Larger clusters are split; 0: no limit", {0})
      ->group(group);
  command
      .add_flag("--allow-single-cluster", options.allow_single_cluster,
                "One cluster of everything may be the result")
      ->group(group);
}

HdbscanOptions hdbscan_options(const HdbscanFlags& flags, std::optional<int> min_cluster_size) {
  HdbscanOptions options = flags.options;
  options.cluster_selection_method = parse_cluster_selection_method(flags.method).value();
  if (!min_cluster_size) return options;
  options.min_cluster_size = *min_cluster_size;
  if (options.max_cluster_size != 0 && options.max_cluster_size < *min_cluster_size) {
    throw UsageError(fmt::format(
        "--max-cluster-size {} is below --min-cluster-size {}; give a larger one, or 0 for no limit",
        options.max_cluster_size, *min_cluster_size));
  }
  return options;
}

}  // namespace clipcluster::cli
