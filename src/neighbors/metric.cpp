#include <fmt/format.h>

#include "clipcluster/neighbors.h"

namespace clipcluster {

const char* metric_name(Metric metric) { return metric == Metric::cosine ? "cosine" : "euclidean"; }

Result<Metric> parse_metric(std::string_view name) {
  if (name == "euclidean") return Metric::euclidean;
  if (name == "cosine") return Metric::cosine;
  return Status::invalid_argument(
      fmt::format("metric '{}' is not known: give 'euclidean' or 'cosine'", name));
}

}  // namespace clipcluster
