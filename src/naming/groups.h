// Images by group: each cluster is one, and the noise, if there is any, is the last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/matrix.h"

namespace clipcluster::naming {

struct Groups {
  std::vector<std::size_t> first;    // of group g's members; one more entry than groups
  std::vector<std::size_t> members;  // images by group, in their order
  std::vector<double> weights;       // beside members; all 1 in a group whose weights are all 0

  std::size_t count() const { return first.size() - 1; }
  std::size_t size(std::size_t group) const { return first[group + 1] - first[group]; }
};

Groups group_images(std::span<const std::int32_t> labels, std::span<const double> weights,
                    std::size_t clusters);

// How many images of weight 1 would give a mean as exact as the group's: (sum w)^2 / sum w^2.
std::vector<double> effective_sizes(const Groups& groups);

// [groups, d] weighted means of the rows; place[i] stands in for image i (a shuffle), or i itself where
// `place` is empty. The same bytes at any thread count. Empty groups are 0.
Matrix<double> centroids(const Groups& groups, MatrixView<const float> images,
                         std::span<const std::size_t> place);

// [clusters, d]: each cluster's centroid less the mean of the centroids of all other non-empty groups. 0
// where there is no other group.
MatrixF contrasts(const Groups& groups, const Matrix<double>& centroids, std::size_t clusters);

}  // namespace clipcluster::naming
