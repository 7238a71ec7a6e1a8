#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "base/number_text.h"
#include "clipcluster/memory.h"
#include "clipcluster/tsne.h"
#include "reduce/tsne/affinities.h"
#include "reduce/tsne/field.h"
#include "reduce/tsne/optimise.h"
#include "reduce/tsne/options.h"
#include "reduce/tsne/start.h"

namespace clipcluster {
namespace {

Status check_points(MatrixView<const float> points) {
  if (points.rows() < 2 || points.cols() < 1) {
    return Status::invalid_argument(
        fmt::format("t-sne: the points are {} x {}; at least 2 rows of 1 number are needed", points.rows(),
                    points.cols()));
  }
  if (points.rows() > (std::size_t{1} << 30)) {
    return Status::unsupported(fmt::format("t-sne: {} rows are more than 2^30", points.rows()));
  }
  for (std::size_t i = 0; i < points.rows(); ++i) {
    const auto row = points.row_span(i);
    if (std::all_of(row.begin(), row.end(), [](float x) { return std::isfinite(x); })) continue;
    return Status::invalid_argument(
        fmt::format("t-sne: row {} of the points holds NaN or infinity; leave such rows out", i));
  }
  return {};
}

Status check_neighbors(const NeighborLists& neighbors, std::size_t rows) {
  const auto& indices = neighbors.indices;
  if (indices.rows() != rows || neighbors.distances.rows() != rows || indices.cols() < 2 ||
      indices.cols() != neighbors.distances.cols()) {
    return Status::invalid_argument(fmt::format(
        "t-sne: {} x {} neighbours were given for {} rows; each row needs itself and at least one other",
        indices.rows(), indices.cols(), rows));
  }
  for (std::size_t at = 0; at < indices.size(); ++at) {
    const std::int32_t index = indices.data()[at];
    const float distance = neighbors.distances.data()[at];
    if (index >= 0 &&
        (static_cast<std::size_t>(index) >= rows || !(distance >= 0.0F && std::isfinite(distance)))) {
      return Status::invalid_argument(
          fmt::format("t-sne: row {} has the neighbour {} at distance {}, which cannot be",
                      at / indices.cols(), index, distance));
    }
  }
  return {};
}

Result<tsne::Affinities> affinities_of(MatrixView<const float> points, const TsneOptions& options,
                                       const NeighborLists* given, double& perplexity, Progress& progress) {
  const auto wanted = static_cast<std::size_t>(tsne_neighbors(options, points.rows()));
  perplexity = tsne_perplexity(options, points.rows());
  if (given == nullptr) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        const NeighborLists found,
        nearest_neighbors(points, {static_cast<int>(wanted), options.metric}, progress));
    return tsne::joint_affinities(found, wanted, perplexity, options.metric);
  }
  CLIPCLUSTER_RETURN_IF_ERROR(check_neighbors(*given, points.rows()));
  const std::size_t k = std::min(wanted, given->indices.cols());
  if (k < wanted) perplexity = std::max(1.0, static_cast<double>(k - 1) / 3.0);
  return tsne::joint_affinities(*given, k, perplexity, options.metric);
}

Result<TsneModel> fit(SharedMatrix<float> points, const TsneOptions& options, const NeighborLists* given,
                      Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(tsne::check_options(options));
  CLIPCLUSTER_RETURN_IF_ERROR(check_points(points));
  CLIPCLUSTER_RETURN_IF_ERROR(require_memory("the t-SNE of " + grouped(points.rows()) + " rows",
                                             fit_tsne_memory(points.rows(), options), progress));
  TsneModel model;
  model.options = options;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const tsne::Affinities affinities,
                               affinities_of(points, options, given, model.perplexity, progress));
  if (model.perplexity < options.perplexity) {
    progress.note(fmt::format("t-sne: a perplexity of {:g} is too much for {} points; using {:g}",
                              options.perplexity, points.rows(), model.perplexity));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(MatrixF places, tsne::start_places(points, options, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(model.kl_divergence, tsne::optimise(affinities, options, places, progress));
  model.field = std::make_shared<const tsne::Field>(places);
  model.points = std::move(points);
  model.embedding = std::move(places);
  return model;
}

}  // namespace

std::uint64_t fit_tsne_memory(std::uint64_t n, const TsneOptions& options) {
  constexpr std::uint64_t grid = std::uint64_t{64} << 20;
  // Shares, their transpose and the symmetric matrix, each entry with its column.
  constexpr std::uint64_t entry = 40;
  constexpr std::uint64_t row = 200;  // places, gains, steps, forces
  const auto k = static_cast<std::uint64_t>(tsne_neighbors(options, static_cast<std::size_t>(n)));
  return grid + n * (entry * k + row);
}

Result<TsneModel> fit_tsne(SharedMatrix<float> points, const TsneOptions& options,
                           const NeighborLists* neighbors, Progress& progress) {
  try {
    return fit(std::move(points), options, neighbors, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit(
        "t-sne: not enough memory to fit; use fewer rows or a smaller perplexity");
  }
}

}  // namespace clipcluster
