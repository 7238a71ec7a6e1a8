// Eigen's own threads would not obey parallel_for.
#define EIGEN_DONT_PARALLELIZE
#include "reduce/pca_covariance.h"

#include <Eigen/Core>
#include <algorithm>
#include <utility>

#include "clipcluster/parallel.h"

namespace clipcluster::pca {
namespace {

constexpr std::size_t kRowsPerBatch = 1024;
constexpr std::size_t kTile = 128;

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Rows = Eigen::Map<const RowMajor>;
using Target = Eigen::Map<RowMajor, 0, Eigen::OuterStride<>>;

// The tiles of the lower triangle, as (first row, first column).
std::vector<std::pair<std::size_t, std::size_t>> lower_tiles(std::size_t d) {
  std::vector<std::pair<std::size_t, std::size_t>> tiles;
  for (std::size_t i = 0; i < d; i += kTile) {
    for (std::size_t j = 0; j <= i; j += kTile) tiles.emplace_back(i, j);
  }
  return tiles;
}

void centre(MatrixView<const float> points, const std::vector<double>& means, Matrix<double>& centred) {
  parallel_for(points.rows(), 64, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t j = 0; j < points.cols(); ++j) centred(i, j) = points(i, j) - means[j];
    }
  });
}

}  // namespace

std::vector<double> column_means(MatrixView<const float> points) {
  const std::size_t d = points.cols();
  const std::size_t batches = (points.rows() + kRowsPerBatch - 1) / kRowsPerBatch;
  Matrix<double> sums(batches, d);
  parallel_for(points.rows(), kRowsPerBatch, [&](std::size_t begin, std::size_t end) {
    double* sum = sums.row(begin / kRowsPerBatch);
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t j = 0; j < d; ++j) sum[j] += points(i, j);
    }
  });
  std::vector<double> means(d, 0.0);
  for (std::size_t batch = 0; batch < batches; ++batch) {
    for (std::size_t j = 0; j < d; ++j) means[j] += sums(batch, j);
  }
  for (double& mean : means) mean /= static_cast<double>(points.rows());
  return means;
}

Result<Matrix<double>> covariance(MatrixView<const float> points, const std::vector<double>& means,
                                  Progress& progress) {
  const std::size_t n = points.rows();
  const std::size_t d = points.cols();
  const auto tiles = lower_tiles(d);
  Matrix<double> result(d, d);
  Matrix<double> centred(std::min(n, kRowsPerBatch), d);
  for (std::size_t first = 0; first < n; first += kRowsPerBatch) {
    if (progress.cancelled()) return Status::cancelled();
    progress.report({"principal components", first, n, "rows"});
    const std::size_t rows = std::min(kRowsPerBatch, n - first);
    centre(points.rows_between(first, first + rows), means, centred);
    const Rows batch(centred.data(), static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(d));
    // A tile belongs to one chunk, so batches add up in their order.
    parallel_for(tiles.size(), 1, [&](std::size_t begin, std::size_t) {
      const auto [i, j] = tiles[begin];
      const auto height = static_cast<Eigen::Index>(std::min(kTile, d - i));
      const auto width = static_cast<Eigen::Index>(std::min(kTile, d - j));
      Target tile(result.row(i) + j, height, width, Eigen::OuterStride<>(static_cast<Eigen::Index>(d)));
      tile.noalias() += batch.middleCols(static_cast<Eigen::Index>(i), height).transpose() *
                        batch.middleCols(static_cast<Eigen::Index>(j), width);
    });
  }
  const double scale = 1.0 / static_cast<double>(n - 1);
  for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] *= scale;
  return result;
}

}  // namespace clipcluster::pca
