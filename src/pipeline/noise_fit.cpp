#include "pipeline/noise_fit.h"

#include <algorithm>
#include <utility>

#include "clipcluster/parallel.h"

namespace clipcluster::internal {
namespace {

constexpr std::size_t kPicturesPerChunk = 16;

// Points in no cluster, with what is known of them; `rows` numbers them among the others.
struct NoisePoints {
  std::vector<std::int32_t> rows;
  std::vector<NoisePoint> points;
};

float mean(const float* values, std::size_t count) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < count; ++i) sum += values[i];
  return sum / static_cast<float>(count);
}

void look_at_pictures(const IsBlank& is_blank, NoisePoints& noise) {
  if (!is_blank) return;
  parallel_for(noise.rows.size(), kPicturesPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      noise.points[i].blank = is_blank(static_cast<std::size_t>(noise.rows[i]));
    }
  });
}

template <class T>
Matrix<T> rows_of(MatrixView<const T> matrix, std::span<const std::int32_t> rows) {
  Matrix<T> picked(rows.size(), matrix.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(matrix.row(static_cast<std::size_t>(rows[i])), matrix.cols(), picked.row(i));
  }
  return picked;
}

Status add_soft_labels(const HdbscanModel& model, const NoiseOptions& options, bool consensus,
                       MatrixView<const double> places, NoisePoints& noise, Progress& progress) {
  // A consensus has no memberships in the layout: there soft is nearest.
  if (options.policy != NoisePolicy::soft || consensus || noise.rows.empty()) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const TopMemberships top, top_memberships(model, places, 1, progress));
  for (std::size_t i = 0; i < noise.rows.size(); ++i) noise.points[i].soft_label = top.labels(i, 0);
  return {};
}

NoiseVerdict verdict_without_tree(const NoisePoint& point) {
  NoiseVerdict verdict;
  if (point.blank) verdict.reason = NoiseReason::blank;
  return verdict;
}

std::vector<NoiseVerdict> judge_all(const NoiseRule& rule, const std::vector<NoisePoint>& points) {
  std::vector<NoiseVerdict> verdicts;
  verdicts.reserve(points.size());
  for (const NoisePoint& point : points) verdicts.push_back(judge_noise(rule, point));
  return verdicts;
}

StoredNoisePoint stored_point(std::int32_t row, const NoisePoint& point, const NoiseVerdict& verdict) {
  return {row, verdict.reason, verdict.sureness, point.nearest};
}

NearestClusters no_clusters() {
  NearestClusters none;
  none.labels.fill(-1);
  none.distances.fill(std::numeric_limits<double>::infinity());
  return none;
}

Result<std::vector<float>> neighbor_distances_of(const PointsFit& fit, const SharedMatrix<float>& originals,
                                                 Progress& progress) {
  if (!fit.neighbor_distances.empty()) return fit.neighbor_distances;
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const NeighborLists lists,
      nearest_neighbors(originals, {kNoiseNeighbors + 1, Metric::cosine}, progress));
  return mean_neighbor_distances(lists);
}

Status gather_evidence(const PointsFit& fit, const NoiseOptions& options,
                       std::span<const float> neighbor_distances, NoisePoints& noise, Progress& progress) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<NearestClusters> nearest,
                               nearest_clusters(*fit.hdbscan, noise.rows, progress));
  for (std::size_t i = 0; i < noise.rows.size(); ++i) {
    noise.points[i].nearest = nearest[i];
    noise.points[i].neighbor_distance = neighbor_distances[static_cast<std::size_t>(noise.rows[i])];
  }
  const Matrix<double> places = rows_of<double>(fit.hdbscan->points.view(), noise.rows);
  return add_soft_labels(*fit.hdbscan, options, fit.consensus.has_value(), places, noise, progress);
}

void settle(const NoisePoints& noise, const std::vector<NoiseVerdict>& verdicts, StoredNoise& stored,
            std::span<ProjectPoint> points) {
  stored.place.assign(points.size(), -1);
  for (std::size_t i = 0; i < noise.rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(noise.rows[i]);
    stored.place[row] = static_cast<std::int32_t>(i);
    stored.noise.push_back(stored_point(noise.rows[i], noise.points[i], verdicts[i]));
    points[row].label = verdicts[i].label;
    points[row].probability = verdicts[i].probability;
  }
  for (std::size_t row = 0; row < points.size(); ++row) {
    const std::int32_t place = stored.place[row];
    stored.tiers.push_back(place >= 0
                               ? verdicts[static_cast<std::size_t>(place)].tier
                               : tier_of_member(stored.rule, points[row].label, points[row].probability));
  }
}

// A layout pulls fitted neighbours together, and no longer moves them for a new point: that stands farther
// off than they from each other, and density alone leaves it out too often. (A consensus asks the
// neighbours anyway.)
bool places_stand_apart(const PointsFit& fit) {
  return !fit.consensus && (fit.reduction.umap || fit.reduction.tsne);
}

std::vector<std::int32_t> rows_for_groups(const std::vector<StoredNoisePoint>& noise) {
  std::vector<std::int32_t> rows;
  for (const StoredNoisePoint& point : noise) {
    if (point.reason != NoiseReason::blank) rows.push_back(point.point);
  }
  return rows;
}

// A vector equal to a training point is that point, which does not count among its own neighbours, and
// which has been judged before: nobody is asked about it.
void look_at_neighbors(const NoiseJudge& judge, std::span<const std::int32_t> indices,
                       std::span<const float> distances, NoisePoint& point) {
  const auto count = static_cast<std::size_t>(judge.rule.neighbors);
  const bool is_training = distances[0] == 0.0F && distances.size() > count;
  point.neighbor_distance = mean(distances.data() + (is_training ? 1 : 0), count);
  if (is_training || judge.rule.least_neighbor_share > 1.0) return;
  const std::size_t asked = std::min<std::size_t>(kVotingNeighbors, indices.size());
  point.vote = vote_of_neighbors(judge.hdbscan->labels, judge.hdbscan->probabilities, indices.first(asked),
                                 distances.first(asked));
}

Status add_neighbors(const NoiseJudge& judge, MatrixView<const float> originals, NoisePoints& noise,
                     Progress& progress) {
  if (judge.rule.neighbors == 0 || judge.training.empty() || noise.rows.empty()) return {};
  const MatrixF vectors = rows_of<float>(originals, noise.rows);
  const NeighborOptions options{std::max(judge.rule.neighbors + 1, kVotingNeighbors), Metric::cosine};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists lists,
                               judge.index ? query_neighbors(*judge.index, vectors, options, progress)
                                           : query_neighbors(judge.training, vectors, options, progress));
  const MatrixView<const std::int32_t> indices = lists.indices;
  const MatrixView<const float> distances = lists.distances;
  for (std::size_t i = 0; i < noise.rows.size(); ++i)
    look_at_neighbors(judge, indices.row_span(i), distances.row_span(i), noise.points[i]);
  return {};
}

Status gather_evidence(const NoiseJudge& judge, MatrixView<const float> originals,
                       const PointsAssignment& assigned, NoisePoints& noise, Progress& progress) {
  if (judge.hdbscan == nullptr) return {};
  const Matrix<double> places = to_double(rows_of<float>(assigned.coordinates, noise.rows));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<NearestClusters> nearest,
                               nearest_clusters(*judge.hdbscan, places, progress));
  for (std::size_t i = 0; i < noise.rows.size(); ++i) noise.points[i].nearest = nearest[i];
  CLIPCLUSTER_RETURN_IF_ERROR(add_neighbors(judge, originals, noise, progress));
  return add_soft_labels(*judge.hdbscan, judge.rule.options, judge.consensus, places, noise, progress);
}

}  // namespace

std::vector<float> mean_neighbor_distances(const NeighborLists& neighbors) {
  if (neighbors.distances.cols() < 2) return {};
  const auto count = std::min<std::size_t>(kNoiseNeighbors, neighbors.distances.cols() - 1);
  std::vector<float> means;
  for (std::size_t i = 0; i < neighbors.distances.rows(); ++i) {
    means.push_back(mean(neighbors.distances.row(i) + 1, count));
  }
  return means;
}

Result<StoredNoise> fit_noise(const PointsFit& fit, const SharedMatrix<float>& originals,
                              const NoiseOptions& options, const IsBlank& is_blank,
                              std::span<ProjectPoint> points, Progress& progress) {
  NoisePoints noise;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].label < 0) noise.rows.push_back(static_cast<std::int32_t>(i));
  }
  noise.points.assign(noise.rows.size(), {no_clusters(), -1, 0.0, false});
  look_at_pictures(is_blank, noise);

  StoredNoise stored;
  stored.rule.options = options;
  std::vector<NoiseVerdict> verdicts;
  if (!fit.hdbscan) {
    for (const NoisePoint& point : noise.points) verdicts.push_back(verdict_without_tree(point));
    settle(noise, verdicts, stored, points);
    return stored;
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<float> distances,
                               neighbor_distances_of(fit, originals, progress));
  CLIPCLUSTER_RETURN_IF_ERROR(gather_evidence(fit, options, distances, noise, progress));
  stored.rule = make_noise_rule(*fit.hdbscan, options, distances);
  if (places_stand_apart(fit)) stored.rule.least_neighbor_share = kLeastNeighborShare;
  stored.rule.neighbors = static_cast<int>(std::min<std::size_t>(kNoiseNeighbors, points.size() - 1));
  settle_target(judge_all(stored.rule, noise.points), points.size(), stored.rule);
  settle(noise, judge_all(stored.rule, noise.points), stored, points);
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      stored.groups, find_noise_groups(*fit.hdbscan, originals, rows_for_groups(stored.noise), progress));
  return stored;
}

Result<std::vector<JudgedPoint>> judge_points(const NoiseJudge& judge, MatrixView<const float> originals,
                                              const IsBlank& is_blank, PointsAssignment& assigned,
                                              Progress& progress) {
  std::vector<JudgedPoint> judged(assigned.labels.size());
  NoisePoints noise;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    if (assigned.labels[i] < 0) {
      noise.rows.push_back(static_cast<std::int32_t>(i));
    } else {
      judged[i].tier = tier_of_member(judge.rule, assigned.labels[i], assigned.probabilities[i]);
    }
  }
  noise.points.assign(noise.rows.size(), {no_clusters(), -1, 0.0, false});
  look_at_pictures(is_blank, noise);
  CLIPCLUSTER_RETURN_IF_ERROR(gather_evidence(judge, originals, assigned, noise, progress));
  for (std::size_t i = 0; i < noise.rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(noise.rows[i]);
    const NoiseVerdict verdict = judge_noise(judge.rule, noise.points[i]);
    judged[row].tier = verdict.tier;
    if (verdict.tier != Tier::member)
      judged[row].noise = stored_point(noise.rows[i], noise.points[i], verdict);
    assigned.labels[row] = verdict.label;
    assigned.probabilities[row] = verdict.probability;
  }
  return judged;
}

void append(const std::vector<JudgedPoint>& judged, StoredNoise& noise) {
  for (const JudgedPoint& point : judged) {
    const auto row = static_cast<std::int32_t>(noise.tiers.size());
    noise.tiers.push_back(point.tier);
    noise.place.push_back(point.noise ? static_cast<std::int32_t>(noise.noise.size()) : -1);
    if (!point.noise) continue;
    noise.noise.push_back(*point.noise);
    noise.noise.back().point = row;
  }
}

}  // namespace clipcluster::internal
