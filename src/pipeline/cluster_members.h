// Which members of a cluster to show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/matrix.h"
#include "clipcluster/project.h"

namespace clipcluster::internal {

struct ShownMembers {
  std::vector<std::uint32_t> typical;   // points, best first
  std::vector<std::uint32_t> doubtful;  // points, most doubtful first
};

// One entry per cluster, at most `limit` of each kind. Typical: sure of the cluster (probability) and
// alike to its members (mean cosine similarity), by the product of the two. Doubtful: the least
// probable quarter, never one of the surest half. Ties by point.
std::vector<ShownMembers> choose_members(std::span<const ProjectPoint> points, std::size_t clusters,
                                         MatrixView<const float> embeddings, std::size_t limit);

// Noise, strangest (GLOSH score) first.
std::vector<std::uint32_t> order_noise(std::span<const ProjectPoint> points);

}  // namespace clipcluster::internal
