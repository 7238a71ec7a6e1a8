// t-SNE. van der Maaten and Hinton, "Visualizing data using t-SNE", 2008; option names and defaults are
// those of scikit-learn. Repulsion by interpolation on a grid after Linderman, Rachh, Hoskins,
// Steinerberger and Kluger, "Fast interpolation-based t-SNE", 2019, or by a tree after van der Maaten,
// "Accelerating t-SNE using tree-based algorithms", 2014 (docs/tsne.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "clipcluster/matrix.h"
#include "clipcluster/named_arrays.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

enum class TsneInit { pca, random };

enum class TsneMethod {
  automatic,      // interpolation of more than 50,000 points in two dimensions, else barnes_hut
  interpolation,  // two dimensions only
  barnes_hut,
};

struct TsneOptions {
  int n_components = 2;      // 2 or 3
  double perplexity = 30.0;  // >= 1; capped at a third of the other points (tsne_perplexity)
  Metric metric = Metric::euclidean;
  double early_exaggeration = 12.0;     // >= 1
  int early_exaggeration_iter = 250;    // of n_iter
  int n_iter = 1000;                    // in all; 0: the start only
  std::optional<double> learning_rate;  // max(n / early_exaggeration / 4, 50)
  TsneInit init = TsneInit::pca;
  TsneMethod method = TsneMethod::automatic;
  double angle = 0.5;  // of barnes_hut, 0 (exact) to 1
  std::uint64_t seed = 42;
};

// invalid_argument names the option that cannot be used; fit_tsne asks, too.
Status check_tsne_options(const TsneOptions& options);

// What is used for n points: at most (n - 1) / 3, at least 1.
double tsne_perplexity(const TsneOptions& options, std::size_t n);
// Neighbours of a point, itself included, that the fit looks at: 3 * perplexity + 2, at most n. (One
// more than three times the perplexity besides itself, as scikit-learn.)
int tsne_neighbors(const TsneOptions& options, std::size_t n);

namespace tsne {
class Field;
}

// Everything that transform needs. `points` are the training rows.
struct TsneModel {
  TsneOptions options;
  double perplexity = 0.0;        // used
  double kl_divergence = 0.0;     // of the layout, in nats
  SharedMatrix<float> points;     // [n, d]
  SharedMatrix<float> embedding;  // [n, n_components]
  // What the training points do to a new one; follows from the embedding.
  std::shared_ptr<const tsne::Field> field;
  // Of `points` with options.metric. When set, tsne_transform finds neighbours with it: far faster for
  // single rows, and a few in a thousand neighbours may be others than the very nearest.
  std::optional<NeighborIndex> index = std::nullopt;

  // with_points = false leaves the training rows and their index out; from_arrays then needs the rows
  // as `points`.
  NamedArrays to_arrays(bool with_points = true) const;
  static Result<TsneModel> from_arrays(const NamedArrays& arrays,
                                       std::optional<SharedMatrix<float>> points = std::nullopt);
};

// points: [n, d], finite, n >= 2. `neighbors`, when given, are nearest_neighbors(points) with the same
// metric and are not worked out again; with fewer columns than tsne_neighbors the perplexity is capped
// at a third of them. Same input, options and seed: same bytes at any thread count.
// invalid_argument names the option or the row that cannot be used.
Result<TsneModel> fit_tsne(SharedMatrix<float> points, const TsneOptions& options,
                           const NeighborLists* neighbors = nullptr, Progress& progress = Progress::none());

// Bytes that fit_tsne needs for n points over the points and their neighbours, at most. (A layout that
// spreads very far needs a larger grid.)
std::uint64_t fit_tsne_memory(std::uint64_t n, const TsneOptions& options);

// Neighbours of a new point that tsne_transform looks at, for a model of n points.
int tsne_transform_neighbors(std::size_t n);

// [m, n_components]: each row is placed alone against the fixed training points, so alone and in any
// batch and order it is the same bits. A row equal to a training row gets that row's place.
// `neighbors`, when given, are query_neighbors(model.points, points) with the model's metric and at
// least tsne_transform_neighbors columns.
Result<MatrixF> tsne_transform(const TsneModel& model, MatrixView<const float> points,
                               const NeighborLists* neighbors = nullptr,
                               Progress& progress = Progress::none());

}  // namespace clipcluster
