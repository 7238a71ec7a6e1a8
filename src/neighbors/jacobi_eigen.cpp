#include "neighbors/jacobi_eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace clipcluster::neighbors {
namespace {

constexpr int kMaxSweeps = 12;
constexpr double kNegligible = 1e-9;  // off-diagonal over diagonal: the order of axes needs no more

void rotate_rows(double* p, double* q, double cosine, double sine, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const double a = p[i];
    const double b = q[i];
    p[i] = cosine * a - sine * b;
    q[i] = sine * a + cosine * b;
  }
}

// Makes element (p, q) zero.
void rotate(Matrix<double>& a, Matrix<double>& vectors, std::size_t p, std::size_t q) {
  const std::size_t n = a.rows();
  const double theta = (a(q, q) - a(p, p)) / (2.0 * a(p, q));
  const double tangent = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(theta, 1.0));
  const double cosine = 1.0 / std::hypot(tangent, 1.0);
  const double sine = tangent * cosine;
  rotate_rows(a.row(p), a.row(q), cosine, sine, n);
  for (std::size_t i = 0; i < n; ++i) {
    double* row = a.row(i);
    const double left = row[p];
    const double right = row[q];
    row[p] = cosine * left - sine * right;
    row[q] = sine * left + cosine * right;
  }
  rotate_rows(vectors.row(p), vectors.row(q), cosine, sine, n);
}

// Whether anything was left to rotate.
bool sweep(Matrix<double>& a, Matrix<double>& vectors) {
  bool rotated = false;
  for (std::size_t p = 0; p < a.rows(); ++p) {
    for (std::size_t q = p + 1; q < a.rows(); ++q) {
      if (std::abs(a(p, q)) <= kNegligible * std::sqrt(std::abs(a(p, p) * a(q, q))) + 1e-290) continue;
      rotate(a, vectors, p, q);
      rotated = true;
    }
  }
  return rotated;
}

}  // namespace

Matrix<double> eigenvectors_descending(Matrix<double> symmetric) {
  const std::size_t n = symmetric.rows();
  Matrix<double> vectors(n, n);
  for (std::size_t i = 0; i < n; ++i) vectors(i, i) = 1.0;
  for (int i = 0; i < kMaxSweeps && sweep(symmetric, vectors); ++i) {
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return symmetric(a, a) > symmetric(b, b); });
  Matrix<double> sorted(n, n);
  for (std::size_t i = 0; i < n; ++i) std::copy_n(vectors.row(order[i]), n, sorted.row(i));
  return sorted;
}

}  // namespace clipcluster::neighbors
