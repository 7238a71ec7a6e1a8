#include "naming/groups.h"

#include <algorithm>

#include "clipcluster/parallel.h"

namespace clipcluster::naming {
namespace {

// A group is summed in pieces of so many members: large groups then have work for all threads, and the
// pieces add up in one order whoever summed them.
constexpr std::size_t kMembersPerPiece = 1024;

struct Piece {
  std::size_t group = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Piece> pieces_of(const Groups& groups) {
  std::vector<Piece> pieces;
  for (std::size_t g = 0; g < groups.count(); ++g) {
    for (std::size_t begin = groups.first[g]; begin < groups.first[g + 1]; begin += kMembersPerPiece) {
      pieces.push_back({g, begin, std::min(begin + kMembersPerPiece, groups.first[g + 1])});
    }
  }
  return pieces;
}

double sum_of_weights(const Groups& groups, std::size_t group) {
  double sum = 0.0;
  for (std::size_t i = groups.first[group]; i < groups.first[group + 1]; ++i) sum += groups.weights[i];
  return sum;
}

void even_out_weightless(Groups& groups) {
  for (std::size_t g = 0; g < groups.count(); ++g) {
    if (sum_of_weights(groups, g) > 0.0) continue;
    std::fill(groups.weights.begin() + static_cast<std::ptrdiff_t>(groups.first[g]),
              groups.weights.begin() + static_cast<std::ptrdiff_t>(groups.first[g + 1]), 1.0);
  }
}

}  // namespace

Groups group_images(std::span<const std::int32_t> labels, std::span<const double> weights,
                    std::size_t clusters) {
  const auto group_of = [&](std::size_t i) {
    return labels[i] < 0 ? clusters : static_cast<std::size_t>(labels[i]);
  };
  const bool noise =
      std::any_of(labels.begin(), labels.end(), [](std::int32_t label) { return label < 0; });
  Groups groups;
  groups.first.assign(clusters + (noise ? 2 : 1), 0);
  for (std::size_t i = 0; i < labels.size(); ++i) ++groups.first[group_of(i) + 1];
  for (std::size_t g = 1; g < groups.first.size(); ++g) groups.first[g] += groups.first[g - 1];
  std::vector<std::size_t> next(groups.first.begin(), groups.first.end() - 1);
  groups.members.resize(labels.size());
  groups.weights.resize(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::size_t at = next[group_of(i)]++;
    groups.members[at] = i;
    groups.weights[at] = labels[i] < 0 ? 1.0 : weights[i];
  }
  even_out_weightless(groups);
  return groups;
}

std::vector<double> effective_sizes(const Groups& groups) {
  std::vector<double> sizes(groups.count(), 0.0);
  for (std::size_t g = 0; g < groups.count(); ++g) {
    double squares = 0.0;
    for (std::size_t i = groups.first[g]; i < groups.first[g + 1]; ++i)
      squares += groups.weights[i] * groups.weights[i];
    const double sum = sum_of_weights(groups, g);
    if (squares > 0.0) sizes[g] = sum * sum / squares;
  }
  return sizes;
}

Matrix<double> centroids(const Groups& groups, MatrixView<const float> images,
                         std::span<const std::size_t> place) {
  const std::size_t d = images.cols();
  const std::vector<Piece> pieces = pieces_of(groups);
  Matrix<double> sums(pieces.size(), d);
  parallel_for(pieces.size(), 1, [&](std::size_t begin, std::size_t) {
    double* sum = sums.row(begin);
    for (std::size_t i = pieces[begin].begin; i < pieces[begin].end; ++i) {
      const std::size_t member = groups.members[i];
      const float* image = images.row(place.empty() ? member : place[member]);
      const double weight = groups.weights[i];
      for (std::size_t j = 0; j < d; ++j) sum[j] += weight * image[j];
    }
  });
  Matrix<double> means(groups.count(), d);
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    double* mean = means.row(pieces[p].group);
    for (std::size_t j = 0; j < d; ++j) mean[j] += sums(p, j);
  }
  for (std::size_t g = 0; g < groups.count(); ++g) {
    if (groups.size(g) == 0) continue;
    const double scale = 1.0 / sum_of_weights(groups, g);
    for (std::size_t j = 0; j < d; ++j) means(g, j) *= scale;
  }
  return means;
}

MatrixF contrasts(const Groups& groups, const Matrix<double>& centroids, std::size_t clusters) {
  const std::size_t d = centroids.cols();
  std::vector<double> total(d, 0.0);
  std::size_t occupied = 0;
  for (std::size_t g = 0; g < groups.count(); ++g) {
    occupied += groups.size(g) > 0 ? 1U : 0U;
    for (std::size_t j = 0; j < d; ++j) total[j] += centroids(g, j);
  }
  MatrixF result(clusters, d);
  if (occupied < 2) return result;
  const double others = static_cast<double>(occupied) - 1.0;
  for (std::size_t k = 0; k < clusters; ++k) {
    if (groups.size(k) == 0) continue;
    for (std::size_t j = 0; j < d; ++j) {
      result(k, j) = static_cast<float>(centroids(k, j) - (total[j] - centroids(k, j)) / others);
    }
  }
  return result;
}

}  // namespace clipcluster::naming
