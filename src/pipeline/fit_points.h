// From embeddings to clusters, in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "clipcluster/consensus.h"
#include "clipcluster/hdbscan.h"
#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"
#include "pipeline/reduction.h"
#include "pipeline/step_clock.h"

namespace clipcluster::internal {

// The fit of n training points. With fewer than 3 points there is nothing to lay out: no models,
// coordinates 0, all noise.
struct PointsFit {
  int min_cluster_size = 0;
  Reduction reduction;
  Reduction map_reduction;              // to two dimensions
  std::optional<HdbscanModel> hdbscan;  // with a consensus: its tree, clusters and labels over this layout
  std::optional<Consensus> consensus;
  SharedMatrix<float> coordinates;  // [n, n_components]
  SharedMatrix<float> map;          // [n, 2]
  std::vector<std::int32_t> labels;
  std::vector<double> probabilities;
  std::vector<double> outlier_scores;
  std::vector<double> persistence;  // [clusters]
  // [n] mean_neighbor_distances of the points by cosine, where the reduction needed such lists; else empty.
  std::vector<float> neighbor_distances;
};

// with_map = false leaves map and map_reduction out.
Result<PointsFit> fit_points(const SharedMatrix<float>& points, const FitOptions& options, bool with_map,
                             StepClock& clock, Progress& progress);

// Labels and places of points that were not part of the fit. A row's answer does not depend on the
// other rows.
struct PointsAssignment {
  MatrixF coordinates;                // [m, n_components]
  std::vector<std::int32_t> labels;   // [m]
  std::vector<double> probabilities;  // [m]
  std::vector<double> confidences;    // [m] with a consensus, else empty
};
// Where a consensus made the labels, it says them for new points, too: training are the fitted points.
Status assign_by_consensus(const Consensus& consensus, MatrixView<const float> training,
                           const std::optional<NeighborIndex>& index, MatrixView<const float> points,
                           PointsAssignment& assigned, Progress& progress);
Result<PointsAssignment> assign_points(const Reduction& reduction, const HdbscanModel& hdbscan,
                                       MatrixView<const float> points, Progress& progress);

Matrix<double> to_double(MatrixView<const float> matrix);

}  // namespace clipcluster::internal
