// UMAP. McInnes, Healy, Melville, "UMAP: Uniform manifold approximation and projection for dimension
// reduction", 2018; option names, defaults and graph are those of umap-learn 0.5.
#pragma once

#include <cstdint>
#include <optional>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

enum class UmapInit { spectral, random };

struct UmapOptions {
  int n_neighbors = 15;  // counts the point itself; >= 2; capped at n
  int n_components = 2;
  Metric metric = Metric::euclidean;
  double min_dist = 0.1;
  double spread = 1.0;
  std::optional<int> n_epochs;  // 500 for n <= 10,000, else 200
  double learning_rate = 1.0;
  int negative_sample_rate = 5;
  double repulsion_strength = 1.0;
  double set_op_mix_ratio = 1.0;  // 1: fuzzy union, 0: intersection
  double local_connectivity = 1.0;
  UmapInit init = UmapInit::spectral;
  std::uint64_t seed = 42;
};

// Everything that transform needs. `points` are the training rows.
struct UmapModel {
  UmapOptions options;
  double a = 0.0;  // of 1 / (1 + a d^(2b)), fitted to min_dist and spread
  double b = 0.0;
  SharedMatrix<float> points;     // [n, d]
  SharedMatrix<float> embedding;  // [n, n_components]
  // Of `points` with options.metric. When set, umap_transform finds neighbours with it: far faster for
  // single rows, and a few in a thousand neighbours may be others than the very nearest.
  std::optional<NeighborIndex> index = std::nullopt;

  // with_points = false leaves the training rows and their index out; from_arrays then needs the rows as
  // `points`.
  NamedArrays to_arrays(bool with_points = true) const;
  static Result<UmapModel> from_arrays(const NamedArrays& arrays,
                                       std::optional<SharedMatrix<float>> points = std::nullopt);
};

// points: [n, d], finite, n >= 2. `neighbors`, when given, are nearest_neighbors(points) with at
// least n_neighbors columns and the same metric, and are not worked out again. Same input, options
// and seed: same bytes at any thread count.
Result<UmapModel> fit_umap(SharedMatrix<float> points, const UmapOptions& options,
                           const NeighborLists* neighbors = nullptr, Progress& progress = Progress::none());
// Bytes that fit_umap needs for n points over the points and their neighbours, at most.
std::uint64_t fit_umap_memory(std::uint64_t n, const UmapOptions& options);

// [m, n_components]. Unlike umap-learn, a row's result does not depend on the other rows: alone and
// in any batch and order it is the same bits. A row equal to a training row gets that row's place.
// `neighbors`, when given, are query_neighbors(model.points, points).
Result<MatrixF> umap_transform(const UmapModel& model, MatrixView<const float> points,
                               const NeighborLists* neighbors = nullptr,
                               Progress& progress = Progress::none());

}  // namespace clipcluster
