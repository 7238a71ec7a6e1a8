#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/number_text.h"
#include "clipcluster/memory.h"
#include "clipcluster/umap.h"
#include "reduce/umap/curve.h"
#include "reduce/umap/fuzzy_graph.h"
#include "reduce/umap/layout.h"
#include "reduce/umap/options.h"
#include "reduce/umap/spectral_start.h"

namespace clipcluster {
namespace {

// Below this many epochs the weak edges stay as they would with the default number.
constexpr int kFewEpochs = 10;

Status check_points(MatrixView<const float> points) {
  if (points.rows() < 2 || points.cols() < 1) {
    return Status::invalid_argument(
        fmt::format("umap: the points are {} x {}; at least 2 rows of 1 number are needed", points.rows(),
                    points.cols()));
  }
  if (points.rows() > umap::kVertex) {
    return Status::unsupported(fmt::format("umap: {} rows are more than 2^30 - 1", points.rows()));
  }
  for (std::size_t i = 0; i < points.rows(); ++i) {
    if (umap::is_finite_row(points.row_span(i))) continue;
    return Status::invalid_argument(
        fmt::format("umap: row {} of the points holds NaN or infinity; leave such rows out", i));
  }
  return {};
}

Result<NeighborLists> neighbors_of(MatrixView<const float> points, const UmapOptions& options,
                                   const NeighborLists* given, Progress& progress) {
  const std::size_t k = std::min(static_cast<std::size_t>(options.n_neighbors), points.rows());
  if (given == nullptr) return nearest_neighbors(points, {static_cast<int>(k), options.metric}, progress);
  CLIPCLUSTER_RETURN_IF_ERROR(umap::check_neighbors(*given, points.rows(), k, points.rows()));
  return umap::first_neighbors(*given, k);
}

umap::FuzzyGraph graph_of(const NeighborLists& neighbors, const UmapOptions& options) {
  return umap::fuzzy_graph(neighbors.indices, neighbors.distances, options.local_connectivity,
                           options.set_op_mix_ratio, umap::disconnection_distance(options.metric));
}

void remove_places_of_unconnected(const umap::FuzzyGraph& graph, MatrixF& embedding) {
  for (std::size_t i = 0; i < graph.vertices(); ++i) {
    if (graph.offsets[i] != graph.offsets[i + 1]) continue;
    for (float& x : embedding.view().row_span(i)) x = std::numeric_limits<float>::quiet_NaN();
  }
}

Result<MatrixF> embed(const umap::FuzzyGraph& graph, umap::Curve curve, MatrixView<const float> points,
                      const UmapOptions& options, Progress& progress) {
  const int usual = umap::default_epochs(points.rows());
  const int epochs = options.n_epochs.value_or(usual);
  const umap::FuzzyGraph sampled = umap::without_weak_edges(graph, epochs > kFewEpochs ? epochs : usual);
  MatrixF positions = umap::start_positions(sampled, points, options, progress);
  if (progress.cancelled()) return Status::cancelled();
  const umap::LayoutOptions layout = {curve,
                                      options.repulsion_strength,
                                      options.learning_rate,
                                      static_cast<std::uint32_t>(options.negative_sample_rate),
                                      static_cast<std::uint32_t>(epochs),
                                      options.seed};
  CLIPCLUSTER_RETURN_IF_ERROR(
      umap::optimise_layout(umap::colour_edges(sampled), layout, positions, progress));
  remove_places_of_unconnected(graph, positions);
  return positions;
}

Result<UmapModel> fit(SharedMatrix<float> points, const UmapOptions& options, const NeighborLists* given,
                      Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(umap::check_options(options));
  CLIPCLUSTER_RETURN_IF_ERROR(check_points(points));
  CLIPCLUSTER_RETURN_IF_ERROR(require_memory("the UMAP of " + grouped(points.rows()) + " rows",
                                             fit_umap_memory(points.rows(), options), progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists neighbors,
                               neighbors_of(points, options, given, progress));
  const umap::Curve curve = umap::fit_curve(options.min_dist, options.spread);
  CLIPCLUSTER_ASSIGN_OR_RETURN(MatrixF embedding,
                               embed(graph_of(neighbors, options), curve, points, options, progress));
  return UmapModel{options, curve.a, curve.b, std::move(points), std::move(embedding)};
}

}  // namespace

std::uint64_t fit_umap_memory(std::uint64_t n, const UmapOptions& options) {
  constexpr std::uint64_t fixed = std::uint64_t{16} << 20;
  // The graph in both directions, twice while it is made symmetric, and its edges in the layout's order.
  constexpr std::uint64_t edge = 44;
  const std::uint64_t k = std::min(static_cast<std::uint64_t>(std::max(options.n_neighbors, 2)), n);
  const std::uint64_t components = static_cast<std::uint64_t>(std::max(options.n_components, 1));
  // Positions of two epochs, and the block of vectors that the start's eigenvectors come from.
  const std::uint64_t row = 64 + 64 * components;
  return fixed + n * (edge * k + row);
}

Result<UmapModel> fit_umap(SharedMatrix<float> points, const UmapOptions& options,
                           const NeighborLists* neighbors, Progress& progress) {
  try {
    return fit(std::move(points), options, neighbors, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("umap: not enough memory to fit; use fewer rows or neighbours");
  }
}

}  // namespace clipcluster
