// Judges what HDBSCAN left in no cluster: of a fit, and of points that come after it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "clipcluster/hdbscan.h"
#include "clipcluster/matrix.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/noise.h"
#include "clipcluster/progress.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"
#include "pipeline/fit_points.h"
#include "pipeline/stored_noise.h"

namespace clipcluster::internal {

// Whether the picture of a point is blank; called from several threads at once. Null: none is.
using IsBlank = std::function<bool(std::size_t point)>;

// Mean distance to the kNoiseNeighbors nearest others, or to as many as there are, from lists in which each
// point comes first itself.
std::vector<float> mean_neighbor_distances(const NeighborLists& neighbors);

// points: of the fit, with HDBSCAN's labels; those that the rule assigns get theirs. originals: [n, size].
Result<StoredNoise> fit_noise(const PointsFit& fit, const SharedMatrix<float>& originals,
                              const NoiseOptions& options, const IsBlank& is_blank,
                              std::span<ProjectPoint> points, Progress& progress);

// What new points are judged by.
struct NoiseJudge {
  const NoiseRule& rule;
  const HdbscanModel* hdbscan;  // null where there were too few points
  MatrixView<const float> training;
  const std::optional<NeighborIndex>& index;  // of the training points, cosine; may be none
  bool consensus = false;                     // the labels are a consensus'
};
struct JudgedPoint {
  Tier tier = Tier::other;
  // Of points that neither HDBSCAN nor their neighbours put in a cluster; `point` is its place.
  std::optional<StoredNoisePoint> noise;
};
// assigned: of `originals`, by assign_points; points that the rule assigns get their labels. A row's answer
// does not depend on the other rows.
Result<std::vector<JudgedPoint>> judge_points(const NoiseJudge& judge, MatrixView<const float> originals,
                                              const IsBlank& is_blank, PointsAssignment& assigned,
                                              Progress& progress);

// Held-out points come after those that are there already.
void append(const std::vector<JudgedPoint>& judged, StoredNoise& noise);

}  // namespace clipcluster::internal
