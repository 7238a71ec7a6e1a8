// Eigen's own threads would not obey parallel_for.
#define EIGEN_DONT_PARALLELIZE
#include "reduce/pca_randomized.h"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"

namespace clipcluster::pca {
namespace {

constexpr std::size_t kRowsPerBatch = 1024;
constexpr std::size_t kRowsPerChunk = 64;
constexpr std::size_t kColumnsPerChunk = 64;
constexpr std::size_t kOversampling = 10;

using ColumnMajor = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

// One batch of centred rows.
void centre(MatrixView<const float> rows, const std::vector<double>& means, RowMajor& centred) {
  parallel_for(rows.rows(), kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      double* to = centred.data() + i * rows.cols();
      for (std::size_t j = 0; j < rows.cols(); ++j) to[j] = double{rows(i, j)} - means[j];
    }
  });
}

// A^T (A directions) over the centred rows A. A chunk of the answer's rows belongs to one body, which
// adds the batches in their order.
Result<ColumnMajor> multiply_twice(MatrixView<const float> points, const std::vector<double>& means,
                                   const ColumnMajor& directions, Progress& progress) {
  const std::size_t n = points.rows();
  const std::size_t d = points.cols();
  RowMajor product = RowMajor::Zero(index(d), directions.cols());
  RowMajor centred(index(std::min(n, kRowsPerBatch)), index(d));
  RowMajor projected(centred.rows(), directions.cols());
  for (std::size_t first = 0; first < n; first += kRowsPerBatch) {
    if (progress.cancelled()) return Status::cancelled();
    const std::size_t rows = std::min(kRowsPerBatch, n - first);
    centre(points.rows_between(first, first + rows), means, centred);
    parallel_for(rows, kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
      projected.middleRows(index(begin), index(end - begin)).noalias() =
          centred.middleRows(index(begin), index(end - begin)) * directions;
    });
    parallel_for(d, kColumnsPerChunk, [&](std::size_t begin, std::size_t end) {
      product.middleRows(index(begin), index(end - begin)).noalias() +=
          centred.block(0, index(begin), index(rows), index(end - begin)).transpose() *
          projected.topRows(index(rows));
    });
  }
  return ColumnMajor(product);
}

double total_variance(MatrixView<const float> points, const std::vector<double>& means) {
  std::vector<double> parts((points.rows() + kRowsPerBatch - 1) / kRowsPerBatch, 0.0);
  parallel_for(points.rows(), kRowsPerBatch, [&](std::size_t begin, std::size_t end) {
    double sum = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t j = 0; j < points.cols(); ++j) {
        const double centred = double{points(i, j)} - means[j];
        sum += centred * centred;
      }
    }
    parts[begin / kRowsPerBatch] = sum;
  });
  double total = 0.0;
  for (const double part : parts) total += part;
  return total / static_cast<double>(points.rows() - 1);
}

ColumnMajor orthonormal(const ColumnMajor& columns) {
  const Eigen::HouseholderQR<ColumnMajor> qr(columns);
  return qr.householderQ() * ColumnMajor::Identity(columns.rows(), columns.cols());
}

ColumnMajor random_directions(std::size_t d, std::size_t count, std::uint64_t seed) {
  const CounterRandom random(seed, "randomized pca");
  ColumnMajor directions(index(d), index(count));
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t j = 0; j < d; ++j) directions(index(j), index(c)) = random.normal(j, c);
  }
  return directions;
}

}  // namespace

std::size_t sampled_directions(std::size_t components, std::size_t least) {
  return std::min(components + kOversampling, least);
}

int power_iterations(std::size_t components, std::size_t least) { return 10 * components < least ? 7 : 4; }

Result<Principal> randomized(MatrixView<const float> points, const std::vector<double>& means,
                             std::size_t components, std::uint64_t seed, Progress& progress) {
  const std::size_t least = std::min(points.rows(), points.cols());
  const std::size_t count = sampled_directions(components, least);
  const int iterations = power_iterations(components, least);
  const std::size_t passes = static_cast<std::size_t>(iterations) + 1;
  ColumnMajor directions = orthonormal(random_directions(points.cols(), count, seed));
  ColumnMajor product;
  for (std::size_t pass = 0; pass < passes; ++pass) {
    progress.report({"principal components", points.rows() * pass / passes, points.rows(), "rows"});
    CLIPCLUSTER_ASSIGN_OR_RETURN(product, multiply_twice(points, means, directions, progress));
    if (pass + 1 < passes) directions = orthonormal(product);
  }
  // Rayleigh and Ritz: the covariance within the sampled space.
  const double scale = 1.0 / static_cast<double>(points.rows() - 1);
  const ColumnMajor small = scale * (directions.transpose() * product);
  const Eigen::SelfAdjointEigenSolver<ColumnMajor> solver(0.5 * (small + small.transpose()));
  if (solver.info() != Eigen::Success) {
    return Status::internal("the eigenvectors of the sampled covariance did not converge");
  }
  const ColumnMajor principal = directions * solver.eigenvectors();
  Principal result;
  result.directions = Matrix<double>(points.cols(), count);
  Eigen::Map<RowMajor>(result.directions.data(), principal.rows(), principal.cols()) = principal;
  result.variances.assign(solver.eigenvalues().data(), solver.eigenvalues().data() + count);
  result.total_variance = total_variance(points, means);
  return result;
}

}  // namespace clipcluster::pca
