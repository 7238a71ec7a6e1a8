// Candidates for clusters among the points that are in none.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "clipcluster/noise.h"

namespace clipcluster {
namespace {

constexpr int kSmallestGroup = 3;

// The sum of the rows at unit length, and each row's length; a zero vector stays zero.
struct UnitSum {
  std::vector<double> sum;
  std::vector<double> lengths;
};

UnitSum unit_sum(MatrixView<const float> originals, std::span<const std::int32_t> rows) {
  UnitSum result{std::vector<double>(originals.cols(), 0.0), {}};
  for (const std::int32_t row : rows) {
    const auto vector = originals.row_span(static_cast<std::size_t>(row));
    double squares = 0.0;
    for (const float value : vector) squares += static_cast<double>(value) * static_cast<double>(value);
    result.lengths.push_back(squares > 0.0 ? std::sqrt(squares) : 1.0);
    for (std::size_t j = 0; j < vector.size(); ++j) {
      result.sum[j] += static_cast<double>(vector[j]) / result.lengths.back();
    }
  }
  return result;
}

// Mean cosine similarity of two different rows: of all ordered pairs, without each row with itself.
double cohesion(const UnitSum& sum) {
  const auto count = static_cast<double>(sum.lengths.size());
  if (count < 2.0) return 1.0;
  double squares = 0.0;
  for (const double value : sum.sum) squares += value * value;
  return (squares - count) / (count * (count - 1.0));
}

NoiseGroup make_group(MatrixView<const float> originals, const std::vector<std::int32_t>& rows) {
  const UnitSum sum = unit_sum(originals, rows);
  std::vector<double> similarity;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto vector = originals.row_span(static_cast<std::size_t>(rows[i]));
    double dot = 0.0;
    for (std::size_t j = 0; j < vector.size(); ++j) dot += static_cast<double>(vector[j]) * sum.sum[j];
    similarity.push_back(dot / sum.lengths[i]);
  }
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return similarity[a] > similarity[b]; });
  NoiseGroup group;
  group.cohesion = cohesion(sum);
  for (const std::size_t i : order) group.rows.push_back(rows[i]);
  return group;
}

std::vector<std::vector<std::int32_t>> rows_by_label(std::span<const std::int32_t> labels,
                                                     std::size_t clusters) {
  std::vector<std::vector<std::int32_t>> rows(clusters);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0) rows[static_cast<std::size_t>(labels[i])].push_back(static_cast<std::int32_t>(i));
  }
  return rows;
}

// That of the cluster a quarter of the way up; without clusters anything goes.
double least_cohesion(const HdbscanModel& model, MatrixView<const float> originals) {
  std::vector<double> values;
  for (const auto& rows : rows_by_label(model.labels, model.cluster_ids.size())) {
    values.push_back(cohesion(unit_sum(originals, rows)));
  }
  if (values.empty()) return -1.0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 4];
}

Result<HdbscanResult> cluster_rows(const HdbscanModel& model, std::span<const std::int32_t> rows,
                                   Progress& progress) {
  Matrix<double> points(rows.size(), model.points.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(model.points.row(static_cast<std::size_t>(rows[i])), points.cols(), points.row(i));
  }
  HdbscanOptions options;
  options.min_cluster_size = std::max(kSmallestGroup, model.options.min_cluster_size / 2);
  options.min_samples = 1;
  options.cluster_selection_method = ClusterSelectionMethod::leaf;
  options.metric = model.options.metric;
  return fit_hdbscan(points, options, progress);
}

}  // namespace

Result<std::vector<NoiseGroup>> find_noise_groups(const HdbscanModel& model,
                                                  MatrixView<const float> originals,
                                                  std::span<const std::int32_t> rows, Progress& progress) {
  std::vector<NoiseGroup> groups;
  if (rows.size() < static_cast<std::size_t>(kSmallestGroup)) return groups;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const HdbscanResult fit, cluster_rows(model, rows, progress));
  const double least = least_cohesion(model, originals);
  for (std::vector<std::int32_t>& members : rows_by_label(fit.labels, fit.cluster_ids.size())) {
    for (std::int32_t& member : members) member = rows[static_cast<std::size_t>(member)];
    NoiseGroup group = make_group(originals, members);
    if (group.cohesion >= least) groups.push_back(std::move(group));
  }
  std::stable_sort(groups.begin(), groups.end(), [](const NoiseGroup& a, const NoiseGroup& b) {
    if (a.rows.size() != b.rows.size()) return a.rows.size() > b.rows.size();
    return a.cohesion > b.cohesion;
  });
  return groups;
}

}  // namespace clipcluster
