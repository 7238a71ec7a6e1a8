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

double sum_to(const MatrixF& distances, std::size_t i, const std::vector<std::size_t>& members) {
  const float* row = distances.row(i);
  double sum = 0.0;
  for (const std::size_t j : members) sum += row[j];
  return sum;
}

double of_point(const MatrixF& distances, const std::vector<std::vector<std::size_t>>& members,
                std::size_t own, std::size_t i) {
  const double inside = sum_to(distances, i, members[own]) / static_cast<double>(members[own].size() - 1);
  double outside = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < members.size(); ++c) {
    if (c == own) continue;
    outside = std::min(outside, sum_to(distances, i, members[c]) / static_cast<double>(members[c].size()));
  }
  const double most = std::max(inside, outside);
  return most > 0.0 && std::isfinite(most) ? (outside - inside) / most : 0.0;
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
  std::vector<std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    const auto label = static_cast<std::size_t>(labels[i]);
    members.resize(std::max(members.size(), label + 1));
    members[label].push_back(i);
  }
  std::erase_if(members, [](const auto& cluster) { return cluster.empty(); });
  if (members.size() < 2) return 0.0;
  double total = 0.0;
  for (std::size_t own = 0; own < members.size(); ++own) {
    if (members[own].size() < 2) continue;
    for (const std::size_t i : members[own]) total += of_point(distances, members, own, i);
  }
  return total / static_cast<double>(labels.size());
}

}  // namespace clipcluster::tuning
