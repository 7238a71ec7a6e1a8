#include "pipeline/fit_points.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "clipcluster/neighbors.h"

namespace clipcluster {

UmapOptions clustering_umap_options() {
  UmapOptions options;
  options.n_neighbors = 15;
  options.n_components = 5;
  options.min_dist = 0.0;
  options.metric = Metric::cosine;
  return options;
}

HdbscanOptions clustering_hdbscan_options() {
  HdbscanOptions options;
  options.min_samples = 5;
  return options;
}

int automatic_min_cluster_size(std::size_t points) {
  return std::max(5, static_cast<int>(std::lround(std::sqrt(static_cast<double>(points)) / 2.0)));
}

namespace internal {
namespace {

constexpr std::size_t kFewestPoints = 3;

HdbscanOptions hdbscan_options(const FitOptions& options, std::size_t points) {
  HdbscanOptions hdbscan = options.hdbscan;
  hdbscan.min_cluster_size = options.min_cluster_size.value_or(automatic_min_cluster_size(points));
  return hdbscan;
}

UmapOptions umap_options(const FitOptions& options) {
  UmapOptions umap = options.umap;
  umap.seed = options.seed;
  return umap;
}

UmapOptions map_options(const FitOptions& options) {
  UmapOptions umap = umap_options(options);
  umap.n_components = 2;
  umap.min_dist = options.map_min_dist;
  return umap;
}

PointsFit too_few_points(std::size_t n, const FitOptions& options) {
  PointsFit fit;
  fit.min_cluster_size = hdbscan_options(options, n).min_cluster_size;
  fit.coordinates = MatrixF(n, static_cast<std::size_t>(options.umap.n_components));
  fit.map = MatrixF(n, 2);
  fit.labels.assign(n, -1);
  fit.probabilities.assign(n, 0.0);
  fit.outlier_scores.assign(n, 0.0);
  return fit;
}

Status fit_clusters(const FitOptions& options, PointsFit& fit, Progress& progress) {
  const HdbscanOptions hdbscan = hdbscan_options(options, fit.coordinates.rows());
  SharedMatrix<double> coordinates = to_double(fit.coordinates);
  CLIPCLUSTER_ASSIGN_OR_RETURN(HdbscanResult result, fit_hdbscan(coordinates, hdbscan, progress));
  fit.min_cluster_size = hdbscan.min_cluster_size;
  fit.hdbscan = make_hdbscan_model(std::move(coordinates), hdbscan, result);
  fit.labels = std::move(result.labels);
  fit.probabilities = std::move(result.probabilities);
  fit.outlier_scores = std::move(result.outlier_scores);
  fit.persistence = std::move(result.persistence);
  return {};
}

}  // namespace

Matrix<double> to_double(MatrixView<const float> matrix) {
  Matrix<double> copy(matrix.rows(), matrix.cols());
  std::copy(matrix.data(), matrix.data() + matrix.size(), copy.data());
  return copy;
}

Result<PointsFit> fit_points(const SharedMatrix<float>& points, const FitOptions& options, bool with_map,
                             StepClock& clock, Progress& progress) {
  const std::size_t n = points.rows();
  if (n < kFewestPoints) return too_few_points(n, options);
  PointsFit fit;
  const NeighborOptions neighbor_options{options.umap.n_neighbors, options.umap.metric};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists neighbors, clock.time("neighbours", n, [&] {
    return nearest_neighbors(points, neighbor_options, progress);
  }));
  CLIPCLUSTER_ASSIGN_OR_RETURN(fit.umap, clock.time("umap", n, [&] {
    return fit_umap(points, umap_options(options), &neighbors, progress);
  }));
  fit.coordinates = fit.umap->embedding;
  CLIPCLUSTER_RETURN_IF_ERROR(
      clock.time("hdbscan", n, [&] { return fit_clusters(options, fit, progress); }));
  if (!with_map) return fit;
  CLIPCLUSTER_ASSIGN_OR_RETURN(fit.map_model, clock.time("map", n, [&] {
    return fit_umap(points, map_options(options), &neighbors, progress);
  }));
  fit.map = fit.map_model->embedding;
  return fit;
}

Result<PointsAssignment> assign_points(const UmapModel& umap, const HdbscanModel& hdbscan,
                                       MatrixView<const float> points, Progress& progress) {
  PointsAssignment assigned;
  CLIPCLUSTER_ASSIGN_OR_RETURN(assigned.coordinates, umap_transform(umap, points, nullptr, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(HdbscanPrediction prediction,
                               approximate_predict(hdbscan, to_double(assigned.coordinates)));
  assigned.labels = std::move(prediction.labels);
  assigned.probabilities = std::move(prediction.probabilities);
  return assigned;
}

}  // namespace internal
}  // namespace clipcluster
