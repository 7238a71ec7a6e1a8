#include "neighbors/principal_rotation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "neighbors/jacobi_eigen.h"
#include "neighbors/orthonormal.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kSampleRows = 2048;
constexpr std::size_t kJudgingRows = 512;
constexpr std::size_t kRowsPerChunk = 8;
constexpr int kIterations = 3;

// At most `most` rows, spread evenly; `part` / 2 of a step after the first.
MatrixF sample_of(MatrixView<const float> rows, const std::vector<float>& scales,
                  const std::vector<float>& centre, std::size_t most, std::size_t part) {
  const std::size_t count = std::min(rows.rows(), most);
  MatrixF sample(count, rows.cols());
  for (std::size_t s = 0; s < count; ++s) {
    const std::size_t i = (2 * s + part) * rows.rows() / (2 * count);
    for (std::size_t j = 0; j < rows.cols(); ++j) sample(s, j) = rows(i, j) * scales[i] - centre[j];
  }
  return sample;
}

// The sum of the rows' outer products.
MatrixF scatter_of(const MatrixF& sample) {
  const std::size_t d = sample.cols();
  MatrixF scatter(d, d);
  parallel_for(d, kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t s = 0; s < sample.rows(); ++s) {
      const float* row = sample.row(s);
      for (std::size_t a = begin; a < end; ++a) {
        float* sums = scatter.row(a);
        const float factor = row[a];
        for (std::size_t b = 0; b < d; ++b) sums[b] += factor * row[b];
      }
    }
  });
  return scatter;
}

// Rows of `vectors` times the symmetric matrix.
Matrix<double> times(const Matrix<double>& vectors, const MatrixF& symmetric) {
  Matrix<double> result(vectors.rows(), vectors.cols());
  parallel_for(vectors.rows(), kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t k = 0; k < symmetric.rows(); ++k) {
      const float* row = symmetric.row(k);
      for (std::size_t i = begin; i < end; ++i) {
        double* sums = result.row(i);
        const double factor = vectors(i, k);
        for (std::size_t j = 0; j < symmetric.cols(); ++j) sums[j] += factor * double{row[j]};
      }
    }
  });
  return result;
}

Matrix<double> random_vectors(std::size_t count, std::size_t d) {
  const CounterRandom random(0, "principal rotation");
  Matrix<double> vectors(count, d);
  for (std::size_t i = 0; i < vectors.size(); ++i) vectors.data()[i] = random.uniform(i) - 0.5;
  return vectors;
}

// combinations [m, m] times vectors [m, d].
Matrix<double> combine(const Matrix<double>& combinations, const Matrix<double>& vectors) {
  Matrix<double> result(combinations.rows(), vectors.cols());
  for (std::size_t i = 0; i < result.rows(); ++i) {
    double* sums = result.row(i);
    for (std::size_t k = 0; k < vectors.rows(); ++k) {
      const double factor = combinations(i, k);
      const double* vector = vectors.row(k);
      for (std::size_t j = 0; j < vectors.cols(); ++j) sums[j] += factor * vector[j];
    }
  }
  return result;
}

// Orthonormal rows: the directions of most variance within the span of `basis`, most first.
Matrix<double> by_variance(const Matrix<double>& basis, const MatrixF& scatter) {
  const Matrix<double> images = times(basis, scatter);
  const std::size_t m = basis.rows();
  Matrix<double> small(m, m);
  for (std::size_t a = 0; a < m; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      small(a, b) = small(b, a) =
          std::inner_product(basis.row(a), basis.row(a) + basis.cols(), images.row(b), 0.0);
    }
  }
  return combine(eigenvectors_descending(std::move(small)), basis);
}

std::vector<double> shares_of(const MatrixF& sample, const Rotation& rotation, std::size_t leading) {
  Matrix<double> squares(sample.rows(), leading + 1);  // along each axis, and of the whole row
  parallel_for(sample.rows(), kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t s = begin; s < end; ++s) {
      for (std::size_t a = 0; a < leading; ++a) {
        const double along = dot(sample.row(s), rotation.axes.row(a), sample.cols());
        squares(s, a) = along * along;
      }
      squares(s, leading) = dot(sample.row(s), sample.row(s), sample.cols());
    }
  });
  std::vector<double> sums(leading + 1, 0.0);
  for (std::size_t s = 0; s < squares.rows(); ++s) {
    for (std::size_t a = 0; a <= leading; ++a) sums[a] += squares(s, a);
  }
  std::vector<double> shares(leading);
  double sum = 0.0;
  for (std::size_t a = 0; a < leading; ++a) {
    sum += sums[a];
    shares[a] = sums[leading] > 0.0 ? sum / sums[leading] : 0.0;
  }
  return shares;
}

}  // namespace

Rotation principal_rotation(MatrixView<const float> rows, const std::vector<float>& scales,
                            const std::vector<float>& centre) {
  const std::size_t d = rows.cols();
  const std::size_t leading = std::min(d, kLeadingAxes);
  const MatrixF scatter = scatter_of(sample_of(rows, scales, centre, kSampleRows, 0));
  Matrix<double> basis = first_of_orthonormal_basis(random_vectors(leading, d), leading);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    basis = first_of_orthonormal_basis(times(basis, scatter), leading);
  }
  const Matrix<double> axes = first_of_orthonormal_basis(by_variance(basis, scatter), d);
  Rotation rotation;
  rotation.axes = MatrixF(d, d);
  std::copy_n(axes.data(), axes.size(), rotation.axes.data());
  rotation.defect = orthonormality_defect(rotation.axes);
  rotation.shares = shares_of(sample_of(rows, scales, centre, kJudgingRows, 1), rotation, leading);
  return rotation;
}

}  // namespace clipcluster::neighbors
