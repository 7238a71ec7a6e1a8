// The kernels of flat_points.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::hdbscan {

inline constexpr std::size_t kTileSize = 32;
inline constexpr std::size_t kTileQueries = 8;

// Which of 32 points may be no further than its limit from each of 8 queries: a bit for each.
// queries: [dims, 32], of which 8 columns count; points: [dims, 32]. A squared distance is at least
// query_terms[q] + point_terms[p] - 2 q.p.
using NearInTile = void (*)(const float* queries, const float* points, std::size_t dims,
                            const float* query_terms, const float* point_terms, const float* limits,
                            std::uint32_t* near);
// Squared Euclidean distance. Eight sums, of every eighth dimension each, are added pairwise at the
// end, in every version, so all give the same bits.
using PairDistance = double (*)(const double* a, const double* b, std::size_t dims);

struct FlatKernels {
  NearInTile near_in_tile;
  PairDistance distance;
};
FlatKernels flat_kernels();

void near_in_tile_scalar(const float* queries, const float* points, std::size_t dims,
                         const float* query_terms, const float* point_terms, const float* limits,
                         std::uint32_t* near);
void near_in_tile_avx2(const float* queries, const float* points, std::size_t dims,
                       const float* query_terms, const float* point_terms, const float* limits,
                       std::uint32_t* near);
void near_in_tile_avx512(const float* queries, const float* points, std::size_t dims,
                         const float* query_terms, const float* point_terms, const float* limits,
                         std::uint32_t* near);
double pair_distance_scalar(const double* a, const double* b, std::size_t dims);
double pair_distance_avx2(const double* a, const double* b, std::size_t dims);
double pair_distance_avx512(const double* a, const double* b, std::size_t dims);

}  // namespace clipcluster::hdbscan
