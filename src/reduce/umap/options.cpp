#include "reduce/umap/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clipcluster::umap {
namespace {

template <class T>
Status unusable(const char* name, T value, const char* allowed) {
  return Status::invalid_argument(fmt::format("umap: {} is {}; it must be {}", name, value, allowed));
}

}  // namespace

// Every comparison is written so that NaN fails it.
Status check_options(const UmapOptions& options) {
  if (options.n_neighbors < 2) return unusable("n_neighbors", options.n_neighbors, "at least 2");
  if (options.n_components < 1) return unusable("n_components", options.n_components, "at least 1");
  if (!(options.spread > 0.0 && std::isfinite(options.spread))) {
    return unusable("spread", options.spread, "above 0");
  }
  if (!(options.min_dist >= 0.0 && options.min_dist <= options.spread)) {
    return unusable("min_dist", options.min_dist, "at least 0 and at most spread");
  }
  if (options.n_epochs && *options.n_epochs < 0) {
    return unusable("n_epochs", *options.n_epochs, "0 (the start only) or more");
  }
  if (!(options.learning_rate > 0.0 && std::isfinite(options.learning_rate))) {
    return unusable("learning_rate", options.learning_rate, "above 0");
  }
  if (options.negative_sample_rate < 0 || options.negative_sample_rate > 1000) {
    return unusable("negative_sample_rate", options.negative_sample_rate, "between 0 and 1000");
  }
  if (!(options.repulsion_strength >= 0.0 && std::isfinite(options.repulsion_strength))) {
    return unusable("repulsion_strength", options.repulsion_strength, "at least 0");
  }
  if (!(options.set_op_mix_ratio >= 0.0 && options.set_op_mix_ratio <= 1.0)) {
    return unusable("set_op_mix_ratio", options.set_op_mix_ratio, "between 0 and 1");
  }
  if (!(options.local_connectivity >= 0.0 && std::isfinite(options.local_connectivity))) {
    return unusable("local_connectivity", options.local_connectivity, "at least 0");
  }
  return {};
}

Status check_neighbors(const NeighborLists& neighbors, std::size_t rows, std::size_t k,
                       std::size_t points) {
  const MatrixI& indices = neighbors.indices;
  if (indices.rows() != rows || indices.cols() < k || neighbors.distances.rows() != indices.rows() ||
      neighbors.distances.cols() != indices.cols()) {
    return Status::invalid_argument(fmt::format(
        "umap: the neighbour lists are {} x {} (indices) and {} x {} (distances); {} rows of at "
        "least {} neighbours are needed",
        indices.rows(), indices.cols(), neighbors.distances.rows(), neighbors.distances.cols(), rows, k));
  }
  const auto too_large = std::find_if(indices.data(), indices.data() + indices.size(), [&](std::int32_t i) {
    return i >= 0 && static_cast<std::size_t>(i) >= points;
  });
  if (too_large != indices.data() + indices.size()) {
    return Status::invalid_argument(fmt::format(
        "umap: the neighbour lists name row {}, but there are only {} rows", *too_large, points));
  }
  return {};
}

NeighborLists first_neighbors(const NeighborLists& neighbors, std::size_t k) {
  NeighborLists result = {MatrixI(neighbors.indices.rows(), k), MatrixF(neighbors.indices.rows(), k)};
  for (std::size_t i = 0; i < neighbors.indices.rows(); ++i) {
    std::copy_n(neighbors.indices.row(i), k, result.indices.row(i));
    std::copy_n(neighbors.distances.row(i), k, result.distances.row(i));
  }
  return result;
}

bool is_finite_row(std::span<const float> row) {
  return std::all_of(row.begin(), row.end(), [](float x) { return std::isfinite(x); });
}

int default_epochs(std::size_t rows) { return rows <= 10000 ? 500 : 200; }

}  // namespace clipcluster::umap
