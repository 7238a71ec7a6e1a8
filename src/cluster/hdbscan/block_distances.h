// Measuring a block of 16 points at once. Every version adds the dimensions in ascending order with
// separate multiplications and additions, so all of them give the same bits, and d(a, b) is d(b, a).
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::hdbscan {

inline constexpr std::size_t kBlockSize = 16;

// Squared Euclidean distances from one point to a block. query: [dims]. block: [dims, 16].
// out: [16]. Returns a bit for each distance that is at most `limit`.
using BlockDistances = std::uint32_t (*)(const double* query, const double* block, std::size_t dims,
                                         double limit, double* out);

// Which points of a block are nearer than their limit to the box [low, high]: a bit for each.
// low, high: [dims]. block: [dims, 16]. limits: [16], squared distances.
using PointsNearBox = std::uint32_t (*)(const double* low, const double* high, const double* block,
                                        std::size_t dims, const double* limits);

// Squared distances of each point of a block to the box [low, high]. out: [16].
using PointBoxDistances = void (*)(const double* low, const double* high, const double* block,
                                   std::size_t dims, double* out);

// Squared distances between the box [low, high] and 8 others. boxes: [dims, 2, 8]: the lower, then
// the upper ends. out: [8].
inline constexpr std::size_t kBoxesInGroup = 8;
using BoxDistances = void (*)(const double* low, const double* high, const double* boxes, std::size_t dims,
                              double* out);

struct BlockKernels {
  BlockDistances distances;
  PointsNearBox near_box;
  PointBoxDistances point_boxes;
  BoxDistances boxes;
};
// The fastest versions for the instruction set in use.
BlockKernels block_kernels();

std::uint32_t block_distances_scalar(const double* query, const double* block, std::size_t dims,
                                     double limit, double* out);
std::uint32_t block_distances_avx2(const double* query, const double* block, std::size_t dims, double limit,
                                   double* out);
std::uint32_t block_distances_avx512(const double* query, const double* block, std::size_t dims,
                                     double limit, double* out);
void point_box_distances_scalar(const double* low, const double* high, const double* block,
                                std::size_t dims, double* out);
void point_box_distances_avx2(const double* low, const double* high, const double* block, std::size_t dims,
                              double* out);
void point_box_distances_avx512(const double* low, const double* high, const double* block,
                                std::size_t dims, double* out);
void box_distances_scalar(const double* low, const double* high, const double* boxes, std::size_t dims,
                          double* out);
void box_distances_avx2(const double* low, const double* high, const double* boxes, std::size_t dims,
                        double* out);
void box_distances_avx512(const double* low, const double* high, const double* boxes, std::size_t dims,
                          double* out);
std::uint32_t points_near_box_scalar(const double* low, const double* high, const double* block,
                                     std::size_t dims, const double* limits);
std::uint32_t points_near_box_avx2(const double* low, const double* high, const double* block,
                                   std::size_t dims, const double* limits);
std::uint32_t points_near_box_avx512(const double* low, const double* high, const double* block,
                                     std::size_t dims, const double* limits);

}  // namespace clipcluster::hdbscan
