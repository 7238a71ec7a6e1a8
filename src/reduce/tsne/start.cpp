#include "reduce/tsne/start.h"

#include <algorithm>
#include <cmath>

#include "clipcluster/parallel.h"
#include "clipcluster/pca.h"
#include "clipcluster/random.h"

namespace clipcluster::tsne {
namespace {

constexpr double kSpread = 1e-4;
constexpr double kJitter = 1e-6;

// Unit rows, for which the Euclidean distance means what the cosine does.
MatrixF unit_rows(MatrixView<const float> points) {
  MatrixF unit = MatrixF::copy_of(points);
  parallel_for(unit.rows(), 256, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      double square = 0.0;
      for (const float x : unit.view().row_span(i)) square += double{x} * x;
      const double scale = square > 0.0 ? 1.0 / std::sqrt(square) : 0.0;
      for (float& x : unit.view().row_span(i)) x = static_cast<float>(x * scale);
    }
  });
  return unit;
}

void add_noise(double spread, std::uint64_t seed, MatrixF& places) {
  const CounterRandom random(seed, "t-sne start");
  for (std::size_t i = 0; i < places.rows(); ++i) {
    for (std::size_t c = 0; c < places.cols(); ++c) {
      places(i, c) += static_cast<float>(spread * random.normal(i, c));
    }
  }
}

Status add_principal_components(MatrixView<const float> points, Progress& progress, MatrixF& places) {
  const std::size_t components = std::min({places.cols(), points.rows(), points.cols()});
  PcaOptions options;
  options.n_components = static_cast<int>(components);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const PcaModel model, fit_pca(points, options, progress));
  const double variance = model.explained_variance(0, 0);
  if (!(variance > 0.0)) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const MatrixF coordinates, pca_transform(model, points));
  const double scale = kSpread / std::sqrt(variance);
  for (std::size_t i = 0; i < places.rows(); ++i) {
    for (std::size_t c = 0; c < components; ++c) {
      places(i, c) = static_cast<float>(scale * double{coordinates(i, c)});
    }
  }
  return {};
}

}  // namespace

Result<MatrixF> start_places(MatrixView<const float> points, const TsneOptions& options,
                             Progress& progress) {
  MatrixF places(points.rows(), static_cast<std::size_t>(options.n_components));
  if (options.init == TsneInit::pca) {
    const bool cosine = options.metric == Metric::cosine;
    MatrixF unit;
    if (cosine) unit = unit_rows(points);
    CLIPCLUSTER_RETURN_IF_ERROR(
        add_principal_components(cosine ? MatrixView<const float>(unit) : points, progress, places));
  }
  add_noise(options.init == TsneInit::random ? kSpread : kJitter, options.seed, places);
  return places;
}

}  // namespace clipcluster::tsne
