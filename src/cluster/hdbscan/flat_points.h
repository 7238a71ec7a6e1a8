// Points in too many dimensions for boxes to part: every pair is looked at, but first in float32,
// whose matrix product is many times faster, and only the pairs that a certain lower bound cannot
// rule out are measured in float64. So the answer is that of float64 alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "clipcluster/matrix.h"
#include "cluster/hdbscan/flat_kernels.h"
#include "cluster/hdbscan/kd_tree.h"

namespace clipcluster::hdbscan {

// A tree's points in its order, scaled, in both precisions.
class FlatPoints {
 public:
  explicit FlatPoints(const KdTree& tree);

  std::size_t size() const { return rows_.rows(); }
  std::size_t dims() const { return rows_.cols(); }
  std::size_t tile_count() const { return (size() + kTileSize - 1) / kTileSize; }
  const float* tile(std::size_t index) const { return tiles_.data() + index * dims() * kTileSize; }
  const float* terms(std::size_t index) const { return terms_.data() + index * kTileSize; }
  float coordinate(std::size_t position, std::size_t d) const {
    return tile(position / kTileSize)[d * kTileSize + position % kTileSize];
  }
  float term(std::size_t position) const { return terms_[position]; }
  double distance(std::size_t a, std::size_t b) const {
    return kernels_.distance(rows_.row(a), rows_.row(b), dims());
  }
  const FlatKernels& kernels() const { return kernels_; }

 private:
  void fill_tile(std::size_t index, const std::vector<double>& centre);

  FlatKernels kernels_;
  Matrix<double> rows_;       // [n, d]
  Matrix<float> tiles_;       // [tiles * d, 32], about the centre
  std::vector<float> terms_;  // [tiles * 32], less than the squared length of each; infinite past n
};

// A float that is no less than `value`.
float not_below(double value);

// Some points, packed, and what is near them.
class FlatScan {
 public:
  static constexpr std::size_t kMostQueries = 128;  // their coordinates stay in the second cache

  explicit FlatScan(const FlatPoints& points) : points_(points) {
    queries_.resize(kMostQueries * points.dims());
  }
  void clear() { positions_.clear(); }
  bool full() const { return positions_.size() == kMostQueries; }
  std::size_t size() const { return positions_.size(); }
  std::size_t position(std::size_t query) const { return positions_[query]; }
  void add(std::size_t position);

  // Calls visit(query, position) for all pairs that may be no further apart than limit(query),
  // asked anew for every tile; tiles with skip(tile) are left out. Starts in the tile of the first
  // query and goes outwards, because near in the tree's order is often near.
  template <class Limit, class Skip, class Visit>
  void run(Limit&& limit, Skip&& skip, Visit&& visit) {
    if (positions_.empty()) return;
    const auto own = static_cast<std::ptrdiff_t>(positions_[0] / kTileSize);
    const auto tiles = static_cast<std::ptrdiff_t>(points_.tile_count());
    for (std::ptrdiff_t away = 0; away < tiles; ++away) {
      if (own + away < tiles) run_tile(static_cast<std::size_t>(own + away), limit, skip, visit);
      if (away > 0 && own - away >= 0) {
        run_tile(static_cast<std::size_t>(own - away), limit, skip, visit);
      }
    }
  }

 private:
  template <class Limit, class Skip, class Visit>
  void run_tile(std::size_t tile, Limit&& limit, Skip&& skip, Visit&& visit) {
    if (skip(tile)) return;
    for (std::size_t first = 0; first < size(); first += kTileQueries) {
      const std::size_t count = std::min(kTileQueries, size() - first);
      std::array<float, kTileQueries> limits;
      limits.fill(-1.0F);
      for (std::size_t q = 0; q < count; ++q) limits[q] = not_below(limit(first + q));
      std::array<std::uint32_t, kTileQueries> near;
      const float* queries =
          queries_.data() + first / kTileSize * kTileSize * points_.dims() + first % kTileSize;
      points_.kernels().near_in_tile(queries, points_.tile(tile), points_.dims(), terms_.data() + first,
                                     points_.terms(tile), limits.data(), near.data());
      for (std::size_t q = 0; q < count; ++q) {
        for (std::uint32_t left = near[q]; left != 0; left &= left - 1) {
          visit(first + q, tile * kTileSize + static_cast<std::size_t>(__builtin_ctz(left)));
        }
      }
    }
  }

  const FlatPoints& points_;
  std::vector<std::size_t> positions_;
  std::vector<float> queries_;  // [4, d, 32]
  std::array<float, kMostQueries> terms_ = {};
};

}  // namespace clipcluster::hdbscan
