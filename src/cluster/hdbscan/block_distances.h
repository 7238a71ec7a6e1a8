// Squared Euclidean distances from one point to a block of 16 points. Every version adds the
// dimensions in ascending order with separate multiplications and additions, so all of them give
// the same bits, and d(a, b) is d(b, a).
#pragma once

#include <cstddef>

namespace clipcluster::hdbscan {

inline constexpr std::size_t kBlockSize = 16;

// query: [dims]. block: [dims, 16]. out: [16].
using BlockDistances = void (*)(const double* query, const double* block, std::size_t dims, double* out);

// The fastest version for the instruction set in use.
BlockDistances block_distances();

void block_distances_scalar(const double* query, const double* block, std::size_t dims, double* out);
void block_distances_avx2(const double* query, const double* block, std::size_t dims, double* out);
void block_distances_avx512(const double* query, const double* block, std::size_t dims, double* out);

}  // namespace clipcluster::hdbscan
