#include "pipeline/fit_reduction.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace clipcluster {

const char* reducer_name(Reducer reducer) {
  if (reducer == Reducer::umap) return "umap";
  return reducer == Reducer::pca ? "pca" : "tsne";
}

Result<Reducer> parse_reducer(std::string_view name) {
  for (const Reducer reducer : {Reducer::umap, Reducer::pca, Reducer::tsne}) {
    if (name == reducer_name(reducer)) return reducer;
  }
  return Status::invalid_argument(fmt::format("there is no reducer '{}'; give umap, pca or tsne", name));
}

namespace internal {
namespace {

UmapOptions umap_options(const FitOptions& options) {
  UmapOptions umap = options.umap;
  umap.seed = options.seed;
  return umap;
}

UmapOptions umap_map_options(const FitOptions& options) {
  UmapOptions umap = umap_options(options);
  umap.n_components = 2;
  umap.min_dist = options.map_min_dist;
  return umap;
}

TsneOptions tsne_options(const FitOptions& options) {
  TsneOptions tsne = options.tsne;
  tsne.seed = options.seed;
  return tsne;
}

TsneOptions tsne_map_options(const FitOptions& options) {
  TsneOptions tsne = tsne_options(options);
  tsne.n_components = 2;
  tsne.method = TsneMethod::automatic;
  return tsne;
}

// `wanted` components, or as many as there are.
Result<std::shared_ptr<const PcaModel>> fit_principal(MatrixView<const float> points, std::size_t wanted,
                                                      const FitOptions& options, Progress& progress) {
  const std::size_t most = std::min(points.rows(), points.cols());
  PcaOptions pca = options.pca;
  pca.n_components = static_cast<int>(std::min(wanted, most));
  pca.seed = options.seed;
  CLIPCLUSTER_ASSIGN_OR_RETURN(PcaModel model, fit_pca(points, pca, progress));
  return std::make_shared<const PcaModel>(std::move(model));
}

void note_cap(const char* name, std::size_t wanted, MatrixView<const float> points, Progress& progress) {
  const std::size_t most = std::min(points.rows(), points.cols());
  if (wanted <= most) return;
  progress.note(fmt::format("{} {} is more than {} points of {} numbers have; using {}", name, wanted,
                            points.rows(), points.cols(), most));
}

// Principal components are all there is; one for the second axis of the map is fitted with them.
Result<FittedReduction> fit_pca_alone(const SharedMatrix<float>& points, const FitOptions& options,
                                      StepClock& clock, Progress& progress) {
  FittedReduction fitted;
  fitted.rows = points;
  const std::size_t wanted = fit_components(options);
  note_cap("n_components", wanted, points, progress);
  CLIPCLUSTER_ASSIGN_OR_RETURN(fitted.reduction.pca, clock.time("pca", points.rows(), [&] {
    return fit_principal(points, std::max<std::size_t>(wanted, 2), options, progress);
  }));
  const std::size_t columns = std::min({wanted, points.rows(), points.cols()});
  CLIPCLUSTER_ASSIGN_OR_RETURN(fitted.coordinates,
                               reduce_points(fitted.reduction, points, columns, progress));
  return fitted;
}

// What UMAP or t-SNE lays out.
Status fit_rows(const SharedMatrix<float>& points, const FitOptions& options, StepClock& clock,
                FittedReduction& fitted, Progress& progress) {
  fitted.rows = points;
  if (options.pca_components == 0) return {};
  const auto wanted = static_cast<std::size_t>(options.pca_components);
  note_cap("pca_components", wanted, points, progress);
  return clock.time("pca", points.rows(), [&]() -> Status {
    CLIPCLUSTER_ASSIGN_OR_RETURN(fitted.reduction.pca, fit_principal(points, wanted, options, progress));
    CLIPCLUSTER_ASSIGN_OR_RETURN(fitted.rows, pca_transform(*fitted.reduction.pca, points));
    return {};
  });
}

Status fit_umap_step(const FitOptions& options, StepClock& clock, FittedReduction& fitted,
                     Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(fitted.reduction.umap, clock.time("umap", fitted.rows.rows(), [&] {
    return fit_umap(fitted.rows, umap_options(options), &fitted.neighbors, progress);
  }));
  fitted.coordinates = fitted.reduction.umap->embedding;
  return {};
}

Status fit_tsne_step(const FitOptions& options, StepClock& clock, FittedReduction& fitted,
                     Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(fitted.reduction.tsne, clock.time("tsne", fitted.rows.rows(), [&] {
    return fit_tsne(fitted.rows, tsne_options(options), &fitted.neighbors, progress);
  }));
  fitted.coordinates = fitted.reduction.tsne->embedding;
  return {};
}

}  // namespace

std::size_t fit_components(const FitOptions& options) {
  if (options.reducer == Reducer::pca) return static_cast<std::size_t>(options.pca.n_components);
  return static_cast<std::size_t>(options.reducer == Reducer::umap ? options.umap.n_components
                                                                   : options.tsne.n_components);
}

Result<FittedReduction> fit_reduction(const SharedMatrix<float>& points, const FitOptions& options,
                                      StepClock& clock, Progress& progress) {
  if (options.reducer == Reducer::pca) return fit_pca_alone(points, options, clock, progress);
  FittedReduction fitted;
  CLIPCLUSTER_RETURN_IF_ERROR(fit_rows(points, options, clock, fitted, progress));
  const bool umap = options.reducer == Reducer::umap;
  if (umap && static_cast<std::size_t>(options.umap.n_neighbors) > points.rows()) {
    progress.note(fmt::format("n_neighbors {} is more than the {} points there are; using {}",
                              options.umap.n_neighbors, points.rows(), points.rows()));
  }
  const NeighborOptions neighbor_options{
      umap ? options.umap.n_neighbors : tsne_neighbors(options.tsne, points.rows()),
      umap ? options.umap.metric : options.tsne.metric};
  CLIPCLUSTER_ASSIGN_OR_RETURN(fitted.neighbors, clock.time("neighbours", points.rows(), [&] {
    return nearest_neighbors(fitted.rows, neighbor_options, progress);
  }));
  CLIPCLUSTER_RETURN_IF_ERROR(umap ? fit_umap_step(options, clock, fitted, progress)
                                   : fit_tsne_step(options, clock, fitted, progress));
  return fitted;
}

Result<FittedMap> fit_map(const FittedReduction& fitted, const FitOptions& options, StepClock& clock,
                          Progress& progress) {
  FittedMap map;
  map.reduction.pca = fitted.reduction.pca;
  const std::size_t n = fitted.coordinates.rows();
  if (fitted.reduction.umap) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(map.reduction.umap, clock.time("map", n, [&] {
      return fit_umap(fitted.rows, umap_map_options(options), &fitted.neighbors, progress);
    }));
    map.coordinates = map.reduction.umap->embedding;
  } else if (fitted.reduction.tsne && fitted.coordinates.cols() == 2) {
    map = {fitted.reduction, fitted.coordinates};
  } else if (fitted.reduction.tsne) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(map.reduction.tsne, clock.time("tsne map", n, [&] {
      return fit_tsne(fitted.rows, tsne_map_options(options), &fitted.neighbors, progress);
    }));
    map.coordinates = map.reduction.tsne->embedding;
  } else {
    CLIPCLUSTER_ASSIGN_OR_RETURN(map.coordinates, reduce_points(map.reduction, fitted.rows, 2, progress));
  }
  return map;
}

}  // namespace internal
}  // namespace clipcluster
