#include "reduce/umap/spectral_start.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "clipcluster/random.h"
#include "reduce/umap/component_places.h"
#include "reduce/umap/components.h"
#include "reduce/umap/eigenvectors.h"

namespace clipcluster::umap {
namespace {

constexpr float kRange = 10.0F;
constexpr double kNoise = 1e-4;

float largest_magnitude(MatrixView<const float> matrix) {
  float largest = 0.0F;
  for (std::size_t i = 0; i < matrix.size(); ++i) largest = std::max(largest, std::abs(matrix.data()[i]));
  return largest;
}

// Uniform in [-range, range); `vertices` number the rows, so a piece draws its own numbers.
MatrixF uniform_rows(const std::vector<std::int32_t>& vertices, std::size_t dim, float range,
                     std::uint64_t seed) {
  const CounterRandom random(seed, "umap random start");
  MatrixF rows(vertices.size(), dim);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    for (std::size_t c = 0; c < dim; ++c) {
      const double u = random.uniform(static_cast<std::uint64_t>(vertices[i]), c);
      rows(i, c) = static_cast<float>((2.0 * u - 1.0) * range);
    }
  }
  return rows;
}

// One connected piece around the origin, within [-range, range].
MatrixF place_piece(const FuzzyGraph& piece, const std::vector<std::int32_t>& vertices, std::size_t dim,
                    float range, std::uint64_t seed, Progress& progress) {
  if (piece.vertices() < 2 * dim || piece.vertices() <= dim + 1) {
    return uniform_rows(vertices, dim, range, seed);
  }
  std::optional<MatrixF> vectors = laplacian_eigenvectors(piece, dim, progress);
  const float largest = vectors ? largest_magnitude(*vectors) : 0.0F;
  if (!(largest > 0.0F)) return uniform_rows(vertices, dim, range, seed);
  for (std::size_t i = 0; i < vectors->size(); ++i) vectors->data()[i] *= range / largest;
  return std::move(*vectors);
}

// Looking at all pairs of places is for this many pieces; beyond, the places are uniform.
constexpr std::size_t kMostPairs = 1000;

// Half the way to the nearest other place.
float room_around(MatrixView<const float> places, std::size_t piece) {
  if (places.rows() > kMostPairs) {
    return static_cast<float>(
        0.5 * std::pow(static_cast<double>(places.rows()), -1.0 / static_cast<double>(places.cols())));
  }
  double nearest = HUGE_VAL;
  for (std::size_t other = 0; other < places.rows(); ++other) {
    double squared = 0.0;
    for (std::size_t c = 0; c < places.cols(); ++c) {
      const double difference = places(piece, c) - places(other, c);
      squared += difference * difference;
    }
    if (squared > 0.0) nearest = std::min(nearest, squared);
  }
  return std::isinf(nearest) ? 1.0F : static_cast<float>(std::sqrt(nearest) / 2.0);
}

MatrixF spectral_positions(const FuzzyGraph& graph, MatrixView<const float> points,
                           const UmapOptions& options, Progress& progress) {
  const auto dim = static_cast<std::size_t>(options.n_components);
  const Components components = connected_components(graph);
  const std::size_t pieces = components.members.size();
  if (pieces == 1) {
    return place_piece(graph, components.members[0], dim, kRange, options.seed, progress);
  }
  const MatrixF places = component_places(components, points, options);
  MatrixF positions(graph.vertices(), dim);
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const std::vector<std::int32_t>& members = components.members[piece];
    const MatrixF rows = place_piece(subgraph(graph, members), members, dim, room_around(places, piece),
                                     options.seed, progress);
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (std::size_t c = 0; c < dim; ++c) {
        positions(static_cast<std::size_t>(members[i]), c) = rows(i, c) + places(piece, c);
      }
    }
  }
  return positions;
}

// The noise keeps vertices with equal neighbourhoods from starting, and staying, at one place.
void scale_and_add_noise(MatrixF& positions, std::uint64_t seed) {
  const CounterRandom random(seed, "umap start noise");
  const float largest = largest_magnitude(positions);
  const float scale = largest > 0.0F ? kRange / largest : 0.0F;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    positions.data()[i] = positions.data()[i] * scale + static_cast<float>(kNoise * random.normal(i));
  }
}

void stretch_axes(MatrixF& positions) {
  for (std::size_t c = 0; c < positions.cols(); ++c) {
    float low = HUGE_VALF;
    float high = -HUGE_VALF;
    for (std::size_t i = 0; i < positions.rows(); ++i) {
      low = std::min(low, positions(i, c));
      high = std::max(high, positions(i, c));
    }
    const float scale = high > low ? kRange / (high - low) : 0.0F;
    for (std::size_t i = 0; i < positions.rows(); ++i) positions(i, c) = (positions(i, c) - low) * scale;
  }
}

}  // namespace

MatrixF start_positions(const FuzzyGraph& graph, MatrixView<const float> points, const UmapOptions& options,
                        Progress& progress) {
  MatrixF positions;
  if (options.init == UmapInit::spectral) {
    positions = spectral_positions(graph, points, options, progress);
    scale_and_add_noise(positions, options.seed);
  } else {
    std::vector<std::int32_t> all(graph.vertices());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
    positions = uniform_rows(all, static_cast<std::size_t>(options.n_components), kRange, options.seed);
  }
  stretch_axes(positions);
  return positions;
}

}  // namespace clipcluster::umap
