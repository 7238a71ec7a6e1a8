#include "pipeline/cluster_members.h"

#include <algorithm>
#include <cmath>

namespace clipcluster::internal {
namespace {

std::vector<std::vector<std::uint32_t>> members_by_label(std::span<const ProjectPoint> points,
                                                         std::size_t clusters) {
  std::vector<std::vector<std::uint32_t>> members(clusters);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].label < 0) continue;
    members.at(static_cast<std::size_t>(points[i].label)).push_back(static_cast<std::uint32_t>(i));
  }
  return members;
}

double norm(std::span<const float> row) {
  double sum = 0.0;
  for (const float value : row) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum);
}

// Mean cosine similarity of each member to all of them: its product with the mean of the unit
// vectors, so the cost is linear in the members.
std::vector<double> mean_similarities(const std::vector<std::uint32_t>& members,
                                      MatrixView<const float> embeddings) {
  std::vector<double> mean(embeddings.cols(), 0.0);
  std::vector<double> norms;
  for (const std::uint32_t member : members) {
    const auto row = embeddings.row_span(member);
    norms.push_back(std::max(norm(row), 1e-30));
    for (std::size_t j = 0; j < row.size(); ++j) mean[j] += static_cast<double>(row[j]) / norms.back();
  }
  std::vector<double> similarities;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto row = embeddings.row_span(members[i]);
    double dot = 0.0;
    for (std::size_t j = 0; j < row.size(); ++j) dot += static_cast<double>(row[j]) * mean[j];
    similarities.push_back(dot / norms[i] / static_cast<double>(members.size()));
  }
  return similarities;
}

// Positions 0..count-1 by ascending key, ties by position.
template <class Key>
std::vector<std::size_t> sorted_by(std::size_t count, const Key& key) {
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  return order;
}

ShownMembers choose(std::span<const ProjectPoint> points, const std::vector<std::uint32_t>& members,
                    MatrixView<const float> embeddings, std::size_t limit) {
  const std::vector<double> similarities = mean_similarities(members, embeddings);
  const auto sureness = [&](std::size_t i) { return points[members[i]].probability * similarities[i]; };
  ShownMembers shown;
  const auto surest = sorted_by(members.size(), [&](std::size_t i) { return -sureness(i); });
  for (std::size_t i = 0; i < std::min(limit, surest.size()); ++i)
    shown.typical.push_back(members[surest[i]]);

  std::vector<bool> surest_half(members.size(), false);
  for (std::size_t i = 0; i < (members.size() + 1) / 2; ++i) surest_half[surest[i]] = true;
  const std::size_t wanted = std::min(limit, (members.size() + 3) / 4);
  for (const std::size_t i :
       sorted_by(members.size(), [&](std::size_t j) { return points[members[j]].probability; })) {
    if (shown.doubtful.size() == wanted) break;
    if (!surest_half[i]) shown.doubtful.push_back(members[i]);
  }
  return shown;
}

}  // namespace

std::vector<ShownMembers> choose_members(std::span<const ProjectPoint> points, std::size_t clusters,
                                         MatrixView<const float> embeddings, std::size_t limit) {
  std::vector<ShownMembers> shown;
  for (const auto& members : members_by_label(points, clusters)) {
    shown.push_back(choose(points, members, embeddings, limit));
  }
  return shown;
}

std::vector<std::uint32_t> order_noise(std::span<const ProjectPoint> points) {
  std::vector<std::uint32_t> noise;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].label < 0) noise.push_back(static_cast<std::uint32_t>(i));
  }
  std::stable_sort(noise.begin(), noise.end(), [&](std::uint32_t a, std::uint32_t b) {
    return points[a].outlier_score > points[b].outlier_score;
  });
  return noise;
}

}  // namespace clipcluster::internal
