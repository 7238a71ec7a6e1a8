#include <fmt/format.h>

#include <new>

#include "clipcluster/parallel.h"
#include "cluster/hdbscan/finite_rows.h"
#include "cluster/hdbscan/placed_points.h"
#include "cluster/hdbscan/prediction_index.h"

namespace clipcluster {
namespace {

// The same scale as the tree's; false if the point has no finite place in it.
bool place_point(Metric metric, const double* point, std::size_t cols, const hdbscan::KdTree& tree,
                 std::vector<double>& scaled) {
  scaled.resize(tree.dims());
  hdbscan::place_point(metric, point, cols, scaled.data());
  for (double& value : scaled) value *= tree.scale();
  return hdbscan::is_finite_row(scaled.data(), scaled.size());
}

Result<HdbscanPrediction> predict(const HdbscanModel& model, const HdbscanPredictionIndex& index,
                                  MatrixView<const double> points, PredictionRule rule) {
  HdbscanPrediction result{std::vector<std::int32_t>(points.rows(), -1),
                           std::vector<double>(points.rows(), 0.0)};
  if (index.tree.size() == 0 || points.rows() == 0) return result;
  const hdbscan::CompatibleData* compatible =
      rule == PredictionRule::compatible ? &hdbscan::compatible_data(model, index) : nullptr;
  parallel_for(points.rows(), 16, [&](std::size_t begin, std::size_t end) {
    std::vector<double> point;
    for (std::size_t i = begin; i < end; ++i) {
      if (!place_point(model.options.metric, points.row(i), points.cols(), index.tree, point)) continue;
      const hdbscan::Prediction prediction =
          compatible != nullptr ? hdbscan::predict_compatible(model, index, *compatible, point.data())
                                : hdbscan::predict_consistent(model, index, point.data());
      result.labels[i] = prediction.label;
      result.probabilities[i] = prediction.probability;
    }
  });
  return result;
}

}  // namespace

Result<HdbscanPrediction> approximate_predict(const HdbscanModel& model, MatrixView<const double> points,
                                              PredictionRule rule) {
  if (points.rows() > 0 && points.cols() != model.points.cols()) {
    return Status::invalid_argument(fmt::format(
        "the new points have {} columns, the model was fitted on {}", points.cols(), model.points.cols()));
  }
  try {
    if (model.index) return predict(model, *model.index, points, rule);
    return predict(model, *hdbscan::build_prediction_index(model, {}), points, rule);
  } catch (const std::bad_alloc&) {
    return Status::resource_limit("there is not enough memory to predict clusters");
  }
}

}  // namespace clipcluster
