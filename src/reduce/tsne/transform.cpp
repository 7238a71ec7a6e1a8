#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <vector>

#include "clipcluster/parallel.h"
#include "clipcluster/tsne.h"
#include "reduce/tsne/affinities.h"
#include "reduce/tsne/descent.h"
#include "reduce/tsne/field.h"

namespace clipcluster {
namespace {

// As openTSNE places new points (Policar, Strazar and Zupan, "Embedding to reference t-SNE space
// addresses batch effects in single-cell classification", 2021): few neighbours, some exaggeration,
// short steps.
constexpr double kPerplexity = 5.0;
constexpr std::size_t kNeighbors = 15;
constexpr int kIterations = 250;
constexpr float kExaggeration = 1.5F;
constexpr float kLearningRate = 0.1F;
constexpr float kLongestGradient = 0.25F;
constexpr std::size_t kGrain = 16;
constexpr std::size_t kMostDimensions = 3;

Status check_points(const TsneModel& model, MatrixView<const float> points) {
  if (points.cols() != model.points.cols()) {
    return Status::invalid_argument(
        fmt::format("t-sne: the model was fitted to rows of {} numbers and cannot place rows of {}",
                    model.points.cols(), points.cols()));
  }
  for (std::size_t i = 0; i < points.rows(); ++i) {
    const auto row = points.row_span(i);
    if (std::all_of(row.begin(), row.end(), [](float x) { return std::isfinite(x); })) continue;
    return Status::invalid_argument(
        fmt::format("t-sne: row {} of the points holds NaN or infinity; leave such rows out", i));
  }
  return {};
}

Status check_neighbors(const NeighborLists& neighbors, std::size_t rows, std::size_t k,
                       std::size_t training) {
  const auto& indices = neighbors.indices;
  bool usable = indices.rows() == rows && indices.cols() >= k && neighbors.distances.rows() == rows &&
                neighbors.distances.cols() == indices.cols();
  for (std::size_t at = 0; usable && at < indices.size(); ++at) {
    usable = indices.data()[at] < static_cast<std::int32_t>(training) &&
             (indices.data()[at] < 0 || neighbors.distances.data()[at] >= 0.0F);
  }
  if (usable) return {};
  return Status::invalid_argument(
      fmt::format("t-sne: the neighbours given do not fit: {} rows need {} of {} training points each",
                  rows, k, training));
}

// One new point and the training points near it.
struct NewPoint {
  std::size_t count = 0;
  float shares[kNeighbors];
  const float* places[kNeighbors];
};

NewPoint new_point(const TsneModel& model, const std::int32_t* indices, const float* distances,
                   std::size_t k) {
  NewPoint point;
  float squares[kNeighbors];
  for (std::size_t j = 0; j < k; ++j) {
    if (indices[j] < 0) continue;
    squares[point.count] = tsne::squared(distances[j], model.options.metric);
    point.places[point.count++] = model.embedding.row(static_cast<std::size_t>(indices[j]));
  }
  const double perplexity = std::max(1.0, std::min(kPerplexity, static_cast<double>(point.count) / 3.0));
  tsne::perplexity_shares({squares, point.count}, perplexity, {point.shares, point.count});
  return point;
}

void place_among_neighbors(const NewPoint& point, std::size_t dimensions, float* place) {
  for (std::size_t c = 0; c < dimensions; ++c) {
    double sum = 0.0;
    for (std::size_t j = 0; j < point.count; ++j)
      sum += double{point.shares[j]} * double{point.places[j][c]};
    place[c] = static_cast<float>(sum);
  }
}

// Of sum over j of p_j log(p_j / q_j), q_j = 1 / (1 + |y - y_j|^2) over their sum over all training
// points.
void gradient_at(const tsne::Field& field, const NewPoint& point, std::size_t dimensions,
                 const float* place, float* gradient) {
  const double sum = std::max(field.at(place, gradient), 1e-12);
  const auto push = static_cast<float>(2.0 / sum);
  for (std::size_t c = 0; c < dimensions; ++c) gradient[c] *= -push;
  for (std::size_t j = 0; j < point.count; ++j) {
    float square = 1.0F;
    for (std::size_t c = 0; c < dimensions; ++c) {
      const float difference = place[c] - point.places[j][c];
      square += difference * difference;
    }
    const float weight = 2.0F * kExaggeration * point.shares[j] / square;
    for (std::size_t c = 0; c < dimensions; ++c) gradient[c] += weight * (place[c] - point.places[j][c]);
  }
  float square = 0.0F;
  for (std::size_t c = 0; c < dimensions; ++c) square += gradient[c] * gradient[c];
  if (square <= kLongestGradient * kLongestGradient) return;
  const float scale = kLongestGradient / std::sqrt(square);
  for (std::size_t c = 0; c < dimensions; ++c) gradient[c] *= scale;
}

void settle(const tsne::Field& field, const NewPoint& point, std::size_t dimensions, float* place) {
  float gains[kMostDimensions] = {1.0F, 1.0F, 1.0F};
  float steps[kMostDimensions] = {};
  float gradient[kMostDimensions];
  place_among_neighbors(point, dimensions, place);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    gradient_at(field, point, dimensions, place, gradient);
    for (std::size_t c = 0; c < dimensions; ++c) {
      tsne::descend(gradient[c], tsne::kMomentum, kLearningRate, gains[c], steps[c], place[c]);
    }
  }
}

// The nearest training row with the same content, or else at distance 0 (a distance may be rounded away
// from 0, and proportional rows are at cosine distance 0); -1 when there is none.
std::int32_t equal_training_row(const TsneModel& model, std::span<const float> point,
                                const std::int32_t* indices, const float* distances, std::size_t k) {
  for (std::size_t j = 0; j < k; ++j) {
    if (indices[j] < 0) continue;
    const float* row = model.points.row(static_cast<std::size_t>(indices[j]));
    if (std::memcmp(point.data(), row, point.size_bytes()) == 0) return indices[j];
  }
  return indices[0] >= 0 && distances[0] == 0.0F ? indices[0] : -1;
}

Result<MatrixF> transform(const TsneModel& model, MatrixView<const float> points,
                          const NeighborLists* given, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_points(model, points));
  const std::size_t dimensions = model.embedding.cols();
  MatrixF places(points.rows(), dimensions);
  if (points.rows() == 0) return places;
  const auto k = static_cast<std::size_t>(tsne_transform_neighbors(model.points.rows()));
  NeighborLists found;
  if (given == nullptr) {
    const NeighborOptions options = {static_cast<int>(k), model.options.metric};
    CLIPCLUSTER_ASSIGN_OR_RETURN(found, model.index
                                            ? query_neighbors(*model.index, points, options, progress)
                                            : query_neighbors(model.points, points, options, progress));
  } else {
    CLIPCLUSTER_RETURN_IF_ERROR(check_neighbors(*given, points.rows(), k, model.points.rows()));
  }
  const NeighborLists& neighbors = given == nullptr ? found : *given;
  parallel_for(points.rows(), kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::int32_t* indices = neighbors.indices.row(i);
      const float* distances = neighbors.distances.row(i);
      const std::int32_t equal = equal_training_row(model, points.row_span(i), indices, distances, k);
      if (equal >= 0) {
        std::copy_n(model.embedding.row(static_cast<std::size_t>(equal)), dimensions, places.row(i));
      } else {
        settle(*model.field, new_point(model, indices, distances, k), dimensions, places.row(i));
      }
    }
  });
  return places;
}

}  // namespace

int tsne_transform_neighbors(std::size_t n) { return static_cast<int>(std::min(kNeighbors, n)); }

Result<MatrixF> tsne_transform(const TsneModel& model, MatrixView<const float> points,
                               const NeighborLists* neighbors, Progress& progress) {
  try {
    return transform(model, points, neighbors, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("t-sne: not enough memory for the transform; give fewer rows at once");
  }
}

}  // namespace clipcluster
