#include "tuning/silhouette.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "clipcluster/parallel.h"

namespace clipcluster::tuning {
namespace {

double squared_length(const float* x, std::size_t d) {
  double sum = 0.0;
  for (std::size_t i = 0; i < d; ++i) sum += double{x[i]} * x[i];
  return sum;
}

double distance(const float* x, const float* y, std::size_t d, Metric metric) {
  double sum = 0.0;
  if (metric == Metric::euclidean) {
    for (std::size_t i = 0; i < d; ++i) sum += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
    return std::sqrt(sum);
  }
  for (std::size_t i = 0; i < d; ++i) sum += double{x[i]} * y[i];
  const double lengths = std::sqrt(squared_length(x, d) * squared_length(y, d));
  return lengths > 0.0 ? std::max(0.0, 1.0 - sum / lengths) : 1.0;
}

}  // namespace

MatrixF distances_between(MatrixView<const float> points, std::span<const std::int32_t> rows,
                          Metric metric) {
  const std::size_t m = rows.size();
  MatrixF distances(m, m);
  const auto row = [&](std::size_t i) { return points.row(static_cast<std::size_t>(rows[i])); };
  parallel_for(m, 8, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t j = 0; j < m; ++j) {
        const auto far = static_cast<float>(distance(row(i), row(j), points.cols(), metric));
        distances(i, j) = std::isfinite(far) ? far : std::numeric_limits<float>::infinity();
      }
      distances(i, i) = 0.0F;
    }
  });
  return distances;
}

double silhouette(const MatrixF& distances, std::span<const std::int32_t> labels) {
  std::vector<std::size_t> sizes;
  for (const std::int32_t label : labels) {
    if (label < 0) continue;
    sizes.resize(std::max(sizes.size(), static_cast<std::size_t>(label) + 1));
    ++sizes[static_cast<std::size_t>(label)];
  }
  const auto present = std::count_if(sizes.begin(), sizes.end(), [](std::size_t size) { return size > 0; });
  if (present < 2) return 0.0;
  std::vector<double> sums(sizes.size());
  double total = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    const auto own = static_cast<std::size_t>(labels[i]);
    if (sizes[own] < 2) continue;
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t j = 0; j < labels.size(); ++j) {
      if (labels[j] >= 0) sums[static_cast<std::size_t>(labels[j])] += distances(i, j);
    }
    const double inside = sums[own] / static_cast<double>(sizes[own] - 1);
    double outside = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < sizes.size(); ++c) {
      if (c != own && sizes[c] > 0) outside = std::min(outside, sums[c] / static_cast<double>(sizes[c]));
    }
    const double most = std::max(inside, outside);
    if (most > 0.0 && std::isfinite(most)) total += (outside - inside) / most;
  }
  return total / static_cast<double>(labels.size());
}

}  // namespace clipcluster::tuning
