#include "neighbors/orthonormal.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "clipcluster/parallel.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kLanes = 8;  // independent sums: one chain of additions would wait for itself
constexpr std::size_t kRowsPerChunk = 4;

template <class T>
double sum_of_products(const T* x, const T* y, std::size_t size) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += double{x[i + l]} * double{y[i + l]};
  }
  for (; i < size; ++i) lanes[0] += double{x[i]} * double{y[i]};
  double sum = 0.0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

// x becomes (I - 2 v v') x, over the elements from `first` on; v is zero before.
void reflect(const double* v, std::size_t first, double* x, std::size_t size) {
  const double twice = 2.0 * sum_of_products(v + first, x + first, size - first);
  for (std::size_t i = first; i < size; ++i) x[i] -= twice * v[i];
}

// Turns row j, of which only elements from j on are left, into the unit vector whose reflection takes it to
// an axis. A zero row becomes zero: its reflection does nothing.
void make_reflector(double* row, std::size_t j, std::size_t size) {
  for (std::size_t i = 0; i < j; ++i) row[i] = 0.0;
  const double norm = std::sqrt(sum_of_products(row + j, row + j, size - j));
  row[j] += std::copysign(norm, row[j]);
  const double length = std::sqrt(sum_of_products(row + j, row + j, size - j));
  if (length < 1e-200) {
    for (std::size_t i = j; i < size; ++i) row[i] = 0.0;
    return;
  }
  for (std::size_t i = j; i < size; ++i) row[i] /= length;
}

}  // namespace

double dot(const float* x, const float* y, std::size_t size) { return sum_of_products(x, y, size); }

Matrix<double> first_of_orthonormal_basis(Matrix<double> vectors, std::size_t count) {
  const std::size_t d = vectors.cols();
  for (std::size_t j = 0; j < vectors.rows(); ++j) {
    make_reflector(vectors.row(j), j, d);
    const std::size_t left = vectors.rows() - j - 1;
    parallel_for(left, 32, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = j + 1 + begin; i < j + 1 + end; ++i)
        reflect(vectors.row(j), j, vectors.row(i), d);
    });
  }
  Matrix<double> basis(count, d);
  parallel_for(count, kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      basis(i, i) = 1.0;
      for (std::size_t j = std::min(i + 1, vectors.rows()); j-- > 0;)
        reflect(vectors.row(j), j, basis.row(i), d);
    }
  });
  return basis;
}

double orthonormality_defect(const MatrixF& axes) {
  const std::size_t count = axes.rows();
  std::vector<double> squares(count, 0.0);
  parallel_for(count, kRowsPerChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        const double entry = dot(axes.row(i), axes.row(j), axes.cols()) - (i == j ? 1.0 : 0.0);
        squares[i] += (i == j ? 1.0 : 2.0) * entry * entry;
      }
    }
  });
  double sum = 0.0;
  for (const double square : squares) sum += square;
  return 1.001 * std::sqrt(sum) + 1e-12;  // the Frobenius norm, and the rounding of the sums in double
}

}  // namespace clipcluster::neighbors
