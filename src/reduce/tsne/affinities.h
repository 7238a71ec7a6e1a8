// How much the points belong together in their own space.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipcluster/neighbors.h"

namespace clipcluster::tsne {

// Shares p of one point's neighbours, summing to 1: exp(-beta (d - d_min)) over their sum, beta such
// that their entropy is log(perplexity). squares: d, squared distances. The search for beta is
// scikit-learn's (100 halvings, 1e-5), in double. With fewer neighbours than the perplexity, or all
// equally near, the shares are equal.
void perplexity_shares(std::span<const float> squares, double perplexity, std::span<float> shares);

// A distance of nearest_neighbors as a squared one. Cosine is half the squared Euclidean distance of
// unit vectors, and beta takes up the factor.
float squared(float distance, Metric metric);

// Row i of a sparse symmetric matrix: columns[offsets[i] .. offsets[i + 1]), ascending, without i.
struct Affinities {
  std::vector<std::int64_t> offsets;
  std::vector<std::int32_t> columns;
  std::vector<float> values;  // sum to 1 over the matrix
  double entropy = 0.0;       // - sum of p log p

  std::size_t rows() const { return offsets.size() - 1; }
};

// (p_ij + p_ji) / 2n over the first `k` columns of the neighbours (each point's own place among them
// does not count).
Affinities joint_affinities(const NeighborLists& neighbors, std::size_t k, double perplexity,
                            Metric metric);

}  // namespace clipcluster::tsne
