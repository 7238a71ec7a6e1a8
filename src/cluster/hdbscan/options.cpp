#include "cluster/hdbscan/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clipcluster {

const char* cluster_selection_method_name(ClusterSelectionMethod method) {
  return method == ClusterSelectionMethod::leaf ? "leaf" : "eom";
}

Result<ClusterSelectionMethod> parse_cluster_selection_method(std::string_view name) {
  if (name == "eom") return ClusterSelectionMethod::excess_of_mass;
  if (name == "leaf") return ClusterSelectionMethod::leaf;
  return Status::invalid_argument(
      fmt::format("cluster_selection_method is '{}'; it can be 'eom' or 'leaf'", name));
}

namespace hdbscan {

Status check_options(const HdbscanOptions& options) {
  if (options.min_cluster_size < 2) {
    return Status::invalid_argument(
        fmt::format("min_cluster_size is {}; it must be at least 2", options.min_cluster_size));
  }
  if (options.min_samples && *options.min_samples < 1) {
    return Status::invalid_argument(
        fmt::format("min_samples is {}; it must be at least 1", *options.min_samples));
  }
  const double epsilon = options.cluster_selection_epsilon;
  if (!std::isfinite(epsilon) || epsilon < 0.0) {
    return Status::invalid_argument(
        fmt::format("cluster_selection_epsilon is {}; it must be a distance, 0 or greater", epsilon));
  }
  if (options.max_cluster_size < 0) {
    return Status::invalid_argument(fmt::format(
        "max_cluster_size is {}; it must be positive, or 0 for no limit", options.max_cluster_size));
  }
  return {};
}

int requested_min_samples(const HdbscanOptions& options) {
  return options.min_samples.value_or(options.min_cluster_size);
}

int effective_min_samples(const HdbscanOptions& options, std::size_t n) {
  const auto most = static_cast<std::int64_t>(n) - 1;
  return static_cast<int>(
      std::max<std::int64_t>(1, std::min<std::int64_t>(requested_min_samples(options), most)));
}

}  // namespace hdbscan
}  // namespace clipcluster
