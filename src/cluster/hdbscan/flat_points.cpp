#include "cluster/hdbscan/flat_points.h"

#include <cmath>
#include <limits>

#include "clipcluster/cpu.h"
#include "clipcluster/parallel.h"

namespace clipcluster::hdbscan {
namespace {

// The share of the two squared lengths by which |q|^2 + |p|^2 - 2 q.p may be too large in float32:
// a product of rounded factors, added up in any order, is off by at most (dims + 2) / 2^24 of
// |q| |p| (Higham 2002, section 3.1), twice that is at most as much of |q|^2 + |p|^2; the rest is
// for the lengths themselves and the last additions.
double share_for_rounding(std::size_t dims) { return (static_cast<double>(dims) + 16.0) * 0x1.1p-24; }

std::vector<double> mean_of(const Matrix<double>& rows) {
  std::vector<double> mean(rows.cols(), 0.0);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    for (std::size_t d = 0; d < rows.cols(); ++d) mean[d] += rows(i, d) / static_cast<double>(rows.rows());
  }
  return mean;
}

}  // namespace

float not_below(double value) {
  if (value > 1e38) return std::numeric_limits<float>::max();
  return static_cast<float>(value * (1.0 + 0x1p-22) + 1e-37);
}

FlatPoints::FlatPoints(const KdTree& tree) : kernels_(flat_kernels()), rows_(tree.size(), tree.dims()) {
  for (std::size_t i = 0; i < tree.size(); ++i) tree.copy_point(i, rows_.row(i));
  tiles_ = Matrix<float>(tile_count() * dims(), kTileSize);
  terms_.assign(tile_count() * kTileSize, std::numeric_limits<float>::infinity());
  // Lengths, and with them the errors, are least about the middle of the points.
  const std::vector<double> centre = mean_of(rows_);
  parallel_for(tile_count(), 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t tile = begin; tile < end; ++tile) fill_tile(tile, centre);
  });
}

void FlatPoints::fill_tile(std::size_t index, const std::vector<double>& centre) {
  const std::size_t count = std::min(kTileSize, size() - index * kTileSize);
  float* values = tiles_.data() + index * dims() * kTileSize;
  for (std::size_t i = 0; i < count; ++i) {
    const double* row = rows_.row(index * kTileSize + i);
    double length = 0.0;
    for (std::size_t d = 0; d < dims(); ++d) {
      const double value = row[d] - centre[d];
      length += value * value;
      values[d * kTileSize + i] = static_cast<float>(value);
    }
    // Scaled coordinates are below 2, so taking the centre off is right to 2^-51 in each, which
    // moves a distance by less than this; so does what float32 cannot hold below 2^-126.
    const auto width = static_cast<double>(dims());
    const double unseen = 0x1p-48 * std::sqrt(width * length) + 0x1p-98 * width;
    terms_[index * kTileSize + i] =
        static_cast<float>(length * (1.0 - share_for_rounding(dims())) - unseen);
  }
}

void FlatScan::add(std::size_t position) {
  const std::size_t query = positions_.size();
  positions_.push_back(position);
  float* packed = queries_.data() + query / kTileSize * kTileSize * points_.dims() + query % kTileSize;
  for (std::size_t d = 0; d < points_.dims(); ++d) packed[d * kTileSize] = points_.coordinate(position, d);
  terms_[query] = points_.term(position);
}

void near_in_tile_scalar(const float* queries, const float* points, std::size_t dims,
                         const float* query_terms, const float* point_terms, const float* limits,
                         std::uint32_t* near) {
  for (std::size_t q = 0; q < kTileQueries; ++q) {
    float products[kTileSize] = {};
    for (std::size_t d = 0; d < dims; ++d) {
      const float value = queries[d * kTileSize + q];
      for (std::size_t p = 0; p < kTileSize; ++p) products[p] += value * points[d * kTileSize + p];
    }
    near[q] = 0;
    for (std::size_t p = 0; p < kTileSize; ++p) {
      const float least = query_terms[q] + point_terms[p] - 2.0F * products[p];
      near[q] |= static_cast<std::uint32_t>(least <= limits[q]) << p;
    }
  }
}

double pair_distance_scalar(const double* a, const double* b, std::size_t dims) {
  double sums[8] = {};
  for (std::size_t d = 0; d < dims; ++d) {
    const double difference = a[d] - b[d];
    sums[d % 8] += difference * difference;
  }
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

FlatKernels flat_kernels() {
#if CLIPCLUSTER_SIMD
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return {near_in_tile_avx512, pair_distance_avx512};
    case InstructionSet::avx2:
      return {near_in_tile_avx2, pair_distance_avx2};
    case InstructionSet::scalar:
      break;
  }
#endif
  return {near_in_tile_scalar, pair_distance_scalar};
}

}  // namespace clipcluster::hdbscan
