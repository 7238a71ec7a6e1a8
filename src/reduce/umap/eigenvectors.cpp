#include "reduce/umap/eigenvectors.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <vector>

#include "clipcluster/random.h"
#include "reduce/umap/chebyshev.h"

namespace clipcluster::umap {
namespace {

constexpr std::size_t kDenseUpTo = 300;
constexpr std::size_t kGuardVectors = 3;
constexpr double kTolerance = 1e-4;
constexpr int kMaxProducts = 250;
// A filter may magnify by this much: more, and single precision loses the weaker columns.
constexpr double kMagnification = 1e4;
constexpr int kLongestFilter = 50;

std::vector<double> degrees(const FuzzyGraph& graph) {
  std::vector<double> sums(graph.vertices(), 0.0);
  for (std::size_t i = 0; i < graph.vertices(); ++i) {
    for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) sums[i] += graph.weights[e];
  }
  return sums;
}

// D^-1/2 W D^-1/2 in place of W.
FuzzyGraph normalised(const FuzzyGraph& graph, const std::vector<double>& degree) {
  FuzzyGraph result = graph;
  for (std::size_t i = 0; i < graph.vertices(); ++i) {
    for (std::size_t e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
      const double scale = std::sqrt(degree[i] * degree[static_cast<std::size_t>(graph.targets[e])]);
      result.weights[e] = static_cast<float>(graph.weights[e] / scale);
    }
  }
  return result;
}

// The eigenvector of eigenvalue 0: the square roots of the degrees, at length 1.
std::vector<float> trivial_eigenvector(const std::vector<double>& degree) {
  double total = 0.0;
  for (const double d : degree) total += d;
  std::vector<float> result(degree.size());
  for (std::size_t i = 0; i < degree.size(); ++i) {
    result[i] = static_cast<float>(std::sqrt(degree[i] / total));
  }
  return result;
}

MatrixF dense_eigenvectors(const FuzzyGraph& normal, std::size_t count) {
  const auto n = static_cast<Eigen::Index>(normal.vertices());
  Eigen::MatrixXd laplacian = Eigen::MatrixXd::Identity(n, n);
  for (std::size_t i = 0; i < normal.vertices(); ++i) {
    for (std::size_t e = normal.offsets[i]; e < normal.offsets[i + 1]; ++e) {
      laplacian(static_cast<Eigen::Index>(i), normal.targets[e]) -= normal.weights[e];
    }
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(laplacian);
  MatrixF result(normal.vertices(), count);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      result(i, j) = static_cast<float>(
          solver.eigenvectors()(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j + 1)));
    }
  }
  return result;
}

MatrixF random_block(std::size_t rows, std::size_t cols) {
  const CounterRandom random(0, "umap spectral start");
  MatrixF block(rows, cols);
  for (std::size_t i = 0; i < block.size(); ++i) block.data()[i] = static_cast<float>(random.normal(i));
  return block;
}

// As long as it magnifies the wanted end by no more than kMagnification.
int filter_length(double cutoff) {
  const double centre = (cutoff - 1.0) / 2.0;
  const double half_width = (cutoff + 1.0) / 2.0;
  const double growth = std::acosh(std::max(1.0 + 1e-9, (1.0 - centre) / half_width));
  return std::clamp(static_cast<int>(std::acosh(kMagnification) / growth), 2, kLongestFilter);
}

MatrixF first_columns(const MatrixF& block, std::size_t count) {
  MatrixF result(block.rows(), count);
  for (std::size_t i = 0; i < block.rows(); ++i) std::copy_n(block.row(i), count, result.row(i));
  return result;
}

std::optional<MatrixF> filtered_eigenvectors(const FuzzyGraph& normal, const std::vector<float>& trivial,
                                             std::size_t count, Progress& progress) {
  MatrixF block = random_block(normal.vertices(), count + kGuardVectors);
  int products = 0;
  while (true) {
    remove_direction(block, trivial);
    if (!orthonormalise(block)) return std::nullopt;
    const RitzValues ritz = rotate_to_ritz_vectors(normal, block);
    ++products;
    const double worst = *std::max_element(ritz.residuals.begin(), ritz.residuals.begin() + count);
    if (!std::isfinite(worst) || progress.cancelled()) return std::nullopt;
    if (worst <= kTolerance || products >= kMaxProducts) return first_columns(block, count);
    // Everything up to the smallest value the block has found is damped.
    const double cutoff = std::clamp(ritz.values.back(), -0.9, 1.0 - 1e-6);
    const int length = filter_length(cutoff);
    block = chebyshev_filter(normal, std::move(block), cutoff, length);
    products += length;
  }
}

void make_largest_entries_positive(MatrixF& vectors) {
  for (std::size_t j = 0; j < vectors.cols(); ++j) {
    std::size_t largest = 0;
    for (std::size_t i = 1; i < vectors.rows(); ++i) {
      if (std::abs(vectors(i, j)) > std::abs(vectors(largest, j))) largest = i;
    }
    if (vectors(largest, j) >= 0.0F) continue;
    for (std::size_t i = 0; i < vectors.rows(); ++i) vectors(i, j) = -vectors(i, j);
  }
}

}  // namespace

std::optional<MatrixF> laplacian_eigenvectors(const FuzzyGraph& graph, std::size_t count,
                                              Progress& progress) {
  assert(graph.vertices() > count + 1);
  const std::vector<double> degree = degrees(graph);
  const FuzzyGraph normal = normalised(graph, degree);
  const bool dense = graph.vertices() <= std::max(kDenseUpTo, 2 * (count + kGuardVectors));
  std::optional<MatrixF> vectors =
      dense ? dense_eigenvectors(normal, count)
            : filtered_eigenvectors(normal, trivial_eigenvector(degree), count, progress);
  if (vectors) make_largest_entries_positive(*vectors);
  return vectors;
}

}  // namespace clipcluster::umap
