// Eigen's own threads would not obey parallel_for.
#define EIGEN_DONT_PARALLELIZE
#include "naming/products.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "clipcluster/parallel.h"

namespace clipcluster::naming {
namespace {

constexpr std::size_t kRowsPerProduct = 64;
constexpr std::size_t kSampledImages = 8192;

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const RowMajor> map_of(MatrixView<const float> m) {
  return {m.data(), static_cast<Eigen::Index>(m.rows()), static_cast<Eigen::Index>(m.cols())};
}

// The sampled images less their mean.
MatrixF centred_sample(MatrixView<const float> images) {
  const std::size_t count = std::min(images.rows(), kSampledImages);
  const std::size_t d = images.cols();
  MatrixF sample(count, d);
  std::vector<double> mean(d, 0.0);
  for (std::size_t i = 0; i < count; ++i) {
    const float* image = images.row(i * images.rows() / count);
    std::copy(image, image + d, sample.row(i));
    for (std::size_t j = 0; j < d; ++j) mean[j] += image[j];
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < d; ++j)
      sample(i, j) -= static_cast<float>(mean[j] / static_cast<double>(count));
  }
  return sample;
}

}  // namespace

MatrixF products(MatrixView<const float> a, MatrixView<const float> b) {
  MatrixF result(a.rows(), b.rows());
  // Chunks of b, of which there are many, so that few clusters keep all threads busy, too.
  parallel_for(b.rows(), kRowsPerProduct, [&](std::size_t begin, std::size_t end) {
    const RowMajor part = map_of(a) * map_of(b.rows_between(begin, end)).transpose();
    for (std::size_t i = 0; i < a.rows(); ++i) {
      const float* row = part.data() + i * (end - begin);
      std::copy(row, row + (end - begin), result.row(i) + begin);
    }
  });
  return result;
}

std::vector<double> spreads(MatrixView<const float> images, MatrixView<const float> names,
                            double smallest) {
  const MatrixF sample = centred_sample(images);
  std::vector<double> result(names.rows(), smallest);
  if (sample.rows() < 2) return result;
  parallel_for(names.rows(), kRowsPerProduct, [&](std::size_t begin, std::size_t end) {
    const RowMajor cosines = map_of(sample) * map_of(names.rows_between(begin, end)).transpose();
    for (std::size_t v = begin; v < end; ++v) {
      const double squares = cosines.col(static_cast<Eigen::Index>(v - begin)).cast<double>().squaredNorm();
      result[v] = std::max(smallest, std::sqrt(squares / static_cast<double>(sample.rows() - 1)));
    }
  });
  return result;
}

}  // namespace clipcluster::naming
