#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "clipcluster/parallel.h"
#include "clipcluster/umap.h"
#include "reduce/umap/fuzzy_graph.h"
#include "reduce/umap/layout.h"
#include "reduce/umap/options.h"
#include "reduce/umap/smooth_distances.h"

namespace clipcluster {
namespace {

// umap-learn takes 100 up to 10,000 new rows and 30 beyond; a row must not depend on how many others
// come with it.
constexpr int kEpochs = 100;
constexpr std::size_t kGrain = 256;

int transform_epochs(const UmapOptions& options) {
  return options.n_epochs ? *options.n_epochs / 3 : kEpochs;
}

bool same_bytes(std::span<const float> x, std::span<const float> y) {
  return std::memcmp(x.data(), y.data(), x.size_bytes()) == 0;
}

// The nearest training row with the same content, or else at distance 0; -1 when there is none. The
// content is compared because a distance may be rounded away from 0.
std::int32_t equal_training_row(const UmapModel& model, std::span<const float> point,
                                std::span<const std::int32_t> indices, std::span<const float> distances) {
  for (const std::int32_t index : indices) {
    if (index >= 0 && same_bytes(point, model.points.view().row_span(static_cast<std::size_t>(index)))) {
      return index;
    }
  }
  return indices[0] >= 0 && distances[0] == 0.0F ? indices[0] : -1;
}

// Membership strengths of one row towards its neighbours, 0 for those it is not connected to.
void strengths_of_row(const UmapModel& model, std::span<const std::int32_t> indices,
                      std::span<const float> distances, std::span<float> strengths) {
  const float limit = umap::disconnection_distance(model.options.metric);
  std::vector<float> connected(distances.begin(), distances.end());
  for (std::size_t j = 0; j < connected.size(); ++j) {
    const bool placed =
        indices[j] >= 0 &&
        umap::is_finite_row(model.embedding.view().row_span(static_cast<std::size_t>(indices[j])));
    if (!placed || !(connected[j] < limit)) connected[j] = std::numeric_limits<float>::infinity();
  }
  const double connectivity = std::max(0.0, model.options.local_connectivity - 1.0);
  const umap::SmoothDistance smooth =
      umap::smooth_distance(connected, connectivity, umap::mean_distance(connected));
  for (std::size_t j = 0; j < connected.size(); ++j) {
    strengths[j] = std::isinf(connected[j]) ? 0.0F : umap::membership_strength(connected[j], smooth);
  }
}

// The mean of the neighbours' places, weighted by strength; NaN without neighbours.
void place_among_neighbors(const UmapModel& model, std::span<const std::int32_t> indices,
                           std::span<const float> strengths, std::span<float> place) {
  double total = 0.0;
  for (const float strength : strengths) total += strength;
  for (std::size_t c = 0; c < place.size(); ++c) {
    double sum = 0.0;
    for (std::size_t j = 0; j < indices.size(); ++j) {
      if (strengths[j] <= 0.0F) continue;
      sum += double{strengths[j]} * model.embedding.row(static_cast<std::size_t>(indices[j]))[c];
    }
    place[c] = static_cast<float>(sum / total);
  }
}

// Rows with NaN or infinity are looked up as zeros; their places become NaN in the end.
MatrixF with_zeros_for_unusable_rows(MatrixView<const float> points) {
  MatrixF copy = MatrixF::copy_of(points);
  for (std::size_t i = 0; i < copy.rows(); ++i) {
    const auto row = copy.view().row_span(i);
    if (!umap::is_finite_row(row)) std::fill(row.begin(), row.end(), 0.0F);
  }
  return copy;
}

bool all_rows_usable(MatrixView<const float> points) {
  for (std::size_t i = 0; i < points.rows(); ++i) {
    if (!umap::is_finite_row(points.row_span(i))) return false;
  }
  return true;
}

Result<NeighborLists> search(const UmapModel& model, MatrixView<const float> points,
                             const NeighborOptions& options, Progress& progress) {
  if (model.index) return query_neighbors(*model.index, points, options, progress);
  return query_neighbors(model.points, points, options, progress);
}

Result<NeighborLists> neighbors_of(const UmapModel& model, MatrixView<const float> points,
                                   const NeighborLists* given, Progress& progress) {
  const std::size_t n = model.points.rows();
  const std::size_t k = std::min(static_cast<std::size_t>(model.options.n_neighbors), n);
  if (given != nullptr) {
    CLIPCLUSTER_RETURN_IF_ERROR(umap::check_neighbors(*given, points.rows(), k, n));
    return umap::first_neighbors(*given, k);
  }
  const NeighborOptions options = {static_cast<int>(k), model.options.metric};
  if (all_rows_usable(points)) return search(model, points, options, progress);
  return search(model, with_zeros_for_unusable_rows(points), options, progress);
}

// Rows that need no optimisation are put in their place for good.
struct Start {
  MatrixF positions;  // [m, n_components]
  MatrixF strengths;  // [m, k]; all 0 for rows that stay where they are
};

Start start_of(const UmapModel& model, MatrixView<const float> points, const NeighborLists& neighbors) {
  Start start = {MatrixF(points.rows(), model.embedding.cols()),
                 MatrixF(points.rows(), neighbors.indices.cols())};
  parallel_for(points.rows(), kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto place = start.positions.view().row_span(i);
      const auto indices = neighbors.indices.view().row_span(i);
      const auto distances = neighbors.distances.view().row_span(i);
      if (!umap::is_finite_row(points.row_span(i))) {
        std::fill(place.begin(), place.end(), std::numeric_limits<float>::quiet_NaN());
        continue;
      }
      const std::int32_t equal = equal_training_row(model, points.row_span(i), indices, distances);
      if (equal >= 0) {
        std::copy_n(model.embedding.row(static_cast<std::size_t>(equal)), place.size(), place.begin());
        continue;
      }
      const auto strengths = start.strengths.view().row_span(i);
      strengths_of_row(model, indices, distances, strengths);
      place_among_neighbors(model, indices, strengths, place);
    }
  });
  return start;
}

Result<MatrixF> transform(const UmapModel& model, MatrixView<const float> points,
                          const NeighborLists* given, Progress& progress) {
  if (points.cols() != model.points.cols()) {
    return Status::invalid_argument(
        fmt::format("umap: the model was fitted to rows of {} numbers and cannot place rows of {}",
                    model.points.cols(), points.cols()));
  }
  if (points.rows() == 0) return MatrixF(0, model.embedding.cols());
  CLIPCLUSTER_ASSIGN_OR_RETURN(const NeighborLists neighbors, neighbors_of(model, points, given, progress));
  Start start = start_of(model, points, neighbors);
  const umap::LayoutOptions layout = {{model.a, model.b},
                                      model.options.repulsion_strength,
                                      model.options.learning_rate / 4.0,
                                      static_cast<std::uint32_t>(model.options.negative_sample_rate),
                                      static_cast<std::uint32_t>(transform_epochs(model.options)),
                                      model.options.seed};
  CLIPCLUSTER_RETURN_IF_ERROR(umap::settle_rows(model.embedding, neighbors.indices, start.strengths, layout,
                                                start.positions, progress));
  return std::move(start.positions);
}

}  // namespace

Result<MatrixF> umap_transform(const UmapModel& model, MatrixView<const float> points,
                               const NeighborLists* neighbors, Progress& progress) {
  try {
    return transform(model, points, neighbors, progress);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("umap: not enough memory for the transform; give fewer rows at once");
  }
}

}  // namespace clipcluster
