#include "pipeline/fit_points.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "pipeline/consensus_runs.h"
#include "pipeline/fit_memory.h"
#include "pipeline/fit_reduction.h"
#include "pipeline/noise_fit.h"

namespace clipcluster {

UmapOptions clustering_umap_options() {
  UmapOptions options;
  options.n_neighbors = 15;
  options.n_components = 5;
  options.min_dist = 0.0;
  options.metric = Metric::cosine;
  return options;
}

TsneOptions clustering_tsne_options() {
  TsneOptions options;
  options.metric = Metric::cosine;
  return options;
}

HdbscanOptions clustering_hdbscan_options() {
  HdbscanOptions options;
  options.min_samples = 1;
  return options;
}

int automatic_min_cluster_size(std::size_t points) {
  return std::max(5, static_cast<int>(std::lround(std::sqrt(static_cast<double>(points)) / 4.0)));
}

namespace internal {
namespace {

constexpr std::size_t kFewestPoints = 3;
// Of the training points a new one takes after: as many as UMAP looks at.
constexpr int kConsensusNeighbors = 15;

HdbscanOptions hdbscan_options(const FitOptions& options, std::size_t points) {
  HdbscanOptions hdbscan = options.hdbscan;
  hdbscan.min_cluster_size = options.min_cluster_size.value_or(automatic_min_cluster_size(points));
  return hdbscan;
}

PointsFit too_few_points(std::size_t n, const FitOptions& options) {
  PointsFit fit;
  fit.min_cluster_size = hdbscan_options(options, n).min_cluster_size;
  fit.coordinates = MatrixF(n, fit_components(options));
  fit.map = MatrixF(n, 2);
  fit.labels.assign(n, -1);
  fit.probabilities.assign(n, 0.0);
  fit.outlier_scores.assign(n, 0.0);
  return fit;
}

// Labels, probabilities and tree become the consensus'; the layout stays.
void put_consensus(Consensus consensus, HdbscanResult& result, PointsFit& fit) {
  result.labels = consensus.labels;
  result.probabilities = consensus.probabilities;
  result.persistence = consensus.stability;
  result.condensed_tree = std::move(consensus.condensed_tree);
  result.cluster_ids = consensus.cluster_ids;
  for (std::size_t i = 0; i < result.labels.size(); ++i)
    result.outlier_scores[i] = 1.0 - static_cast<double>(consensus.nearest_shares(i, 0));
  fit.consensus = std::move(consensus);
}

Status fit_clusters(const SharedMatrix<float>& rows, const FitOptions& options, PointsFit& fit,
                    Progress& progress) {
  const HdbscanOptions hdbscan = hdbscan_options(options, fit.coordinates.rows());
  SharedMatrix<double> coordinates = to_double(fit.coordinates);
  CLIPCLUSTER_ASSIGN_OR_RETURN(HdbscanResult result, fit_hdbscan(coordinates, hdbscan, progress));
  fit.min_cluster_size = hdbscan.min_cluster_size;
  if (options.consensus_runs > 0) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(Consensus consensus, fit_consensus(rows, options, progress));
    put_consensus(std::move(consensus), result, fit);
  }
  fit.hdbscan = make_hdbscan_model(std::move(coordinates), hdbscan, result);
  fit.labels = std::move(result.labels);
  fit.probabilities = std::move(result.probabilities);
  fit.outlier_scores = std::move(result.outlier_scores);
  fit.persistence = std::move(result.persistence);
  return {};
}

// What the reduction found out about the points' neighbours serves noise, too.
void keep_neighbor_distances(const FittedReduction& fitted, const FitOptions& options, PointsFit& fit) {
  const Metric metric = options.reducer == Reducer::umap ? options.umap.metric : options.tsne.metric;
  const std::size_t wanted = std::min<std::size_t>(kNoiseNeighbors + 1, fitted.rows.rows());
  if (fitted.reduction.pca || metric != Metric::cosine || fitted.neighbors.distances.cols() < wanted)
    return;
  fit.neighbor_distances = mean_neighbor_distances(fitted.neighbors);
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
  CLIPCLUSTER_RETURN_IF_ERROR(require_fit_memory(n, points.cols(), options, progress));
  PointsFit fit;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FittedReduction fitted,
                               fit_reduction(points, options, clock, progress));
  fit.reduction = fitted.reduction;
  fit.coordinates = fitted.coordinates;
  keep_neighbor_distances(fitted, options, fit);
  CLIPCLUSTER_RETURN_IF_ERROR(clock.time(options.consensus_runs > 0 ? "consensus" : "hdbscan", n, [&] {
    return fit_clusters(fitted.rows, options, fit, progress);
  }));
  if (!with_map) return fit;
  Result<FittedMap> map = fit_map(fitted, options, clock, progress);
  if (!map.is_ok()) return map.status();
  fit.map_reduction = std::move(map->reduction);
  fit.map = map->coordinates;
  return fit;
}

Status assign_by_consensus(const Consensus& consensus, MatrixView<const float> training,
                           const std::optional<NeighborIndex>& index, MatrixView<const float> points,
                           PointsAssignment& assigned, Progress& progress) {
  const NeighborOptions nearest{kConsensusNeighbors, consensus.metric};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists lists,
                               index && index->metric() == consensus.metric
                                   ? query_neighbors(*index, points, nearest, progress)
                                   : query_neighbors(training, points, nearest, progress));
  assigned.labels.resize(points.rows());
  assigned.probabilities.resize(points.rows());
  assigned.confidences.resize(points.rows());
  for (std::size_t i = 0; i < points.rows(); ++i) {
    const MatrixView<const std::int32_t> indices = lists.indices;
    const MatrixView<const float> distances = lists.distances;
    const ConsensusPrediction prediction =
        predict_consensus(consensus, indices.row_span(i), distances.row_span(i));
    assigned.labels[i] = prediction.label;
    assigned.probabilities[i] = prediction.probability;
    assigned.confidences[i] = prediction.confidence;
  }
  return {};
}

Result<PointsAssignment> assign_points(const Reduction& reduction, const HdbscanModel& hdbscan,
                                       MatrixView<const float> points, Progress& progress) {
  PointsAssignment assigned;
  CLIPCLUSTER_ASSIGN_OR_RETURN(assigned.coordinates,
                               reduce_points(reduction, points, hdbscan.points.cols(), progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(HdbscanPrediction prediction,
                               approximate_predict(hdbscan, to_double(assigned.coordinates)));
  assigned.labels = std::move(prediction.labels);
  assigned.probabilities = std::move(prediction.probabilities);
  return assigned;
}

}  // namespace internal
}  // namespace clipcluster
