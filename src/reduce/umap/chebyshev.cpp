#include "reduce/umap/chebyshev.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "clipcluster/parallel.h"

namespace clipcluster::umap {
namespace {

constexpr std::size_t kGrain = 2048;
// Directions this much weaker than the strongest are rounding noise of single precision.
constexpr double kDependent = 1e-12;

// row = scale S block + shift block + previous_scale previous, for one row of the block.
struct Recurrence {
  float scale;
  float shift;
  float previous_scale;
};

void product_row(const FuzzyGraph& matrix, const MatrixF& block, std::size_t i, float* sum) {
  const std::size_t p = block.cols();
  std::fill_n(sum, p, 0.0F);
  for (std::size_t e = matrix.offsets[i]; e < matrix.offsets[i + 1]; ++e) {
    const float weight = matrix.weights[e];
    const float* other = block.data() + static_cast<std::size_t>(matrix.targets[e]) * p;
    for (std::size_t c = 0; c < p; ++c) sum[c] += weight * other[c];
  }
}

// `result` holds the block before `block` and becomes the one after it.
void recur(const FuzzyGraph& matrix, const MatrixF& block, Recurrence by, MatrixF& result) {
  const std::size_t p = block.cols();
  parallel_for(block.rows(), kGrain, [&](std::size_t begin, std::size_t end) {
    std::vector<float> sum(p);
    for (std::size_t i = begin; i < end; ++i) {
      product_row(matrix, block, i, sum.data());
      const float* here = block.row(i);
      float* out = result.row(i);
      for (std::size_t c = 0; c < p; ++c) {
        out[c] = by.scale * sum[c] + by.shift * here[c] + by.previous_scale * out[c];
      }
    }
  });
}

// Adds up contribution(begin, end, sum) of chunks of rows, in the order of the chunks.
template <class Contribution>
Eigen::MatrixXd sum_over_rows(std::size_t rows, Eigen::Index height, Eigen::Index width,
                              Contribution contribution) {
  std::vector<Eigen::MatrixXd> parts((rows + kGrain - 1) / kGrain);
  parallel_for(rows, kGrain, [&](std::size_t begin, std::size_t end) {
    Eigen::MatrixXd& part = parts[begin / kGrain];
    part = Eigen::MatrixXd::Zero(height, width);
    contribution(begin, end, part);
  });
  Eigen::MatrixXd total = Eigen::MatrixXd::Zero(height, width);
  for (const Eigen::MatrixXd& part : parts) total += part;
  return total;
}

// x^T y.
Eigen::MatrixXd inner_products(const MatrixF& x, const MatrixF& y) {
  const auto p = static_cast<Eigen::Index>(x.cols());
  return sum_over_rows(x.rows(), p, p, [&](std::size_t begin, std::size_t end, Eigen::MatrixXd& part) {
    for (std::size_t i = begin; i < end; ++i) {
      for (Eigen::Index c = 0; c < p; ++c) {
        for (Eigen::Index r = 0; r < p; ++r) part(r, c) += double{x.row(i)[r]} * double{y.row(i)[c]};
      }
    }
  });
}

void multiply_in_place(MatrixF& block, const Eigen::MatrixXd& small) {
  const std::size_t p = block.cols();
  parallel_for(block.rows(), kGrain, [&](std::size_t begin, std::size_t end) {
    Eigen::RowVectorXd row(static_cast<Eigen::Index>(p));
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t c = 0; c < p; ++c) row[static_cast<Eigen::Index>(c)] = block(i, c);
      for (std::size_t c = 0; c < p; ++c) {
        block(i, c) = static_cast<float>(row.dot(small.col(static_cast<Eigen::Index>(c))));
      }
    }
  });
}

std::vector<double> residuals_of(const MatrixF& x, const MatrixF& sx, const std::vector<double>& values) {
  const auto p = static_cast<Eigen::Index>(x.cols());
  const Eigen::MatrixXd squares =
      sum_over_rows(x.rows(), p, 1, [&](std::size_t begin, std::size_t end, Eigen::MatrixXd& part) {
        for (std::size_t i = begin; i < end; ++i) {
          for (Eigen::Index c = 0; c < p; ++c) {
            const double r = sx.row(i)[c] - values[static_cast<std::size_t>(c)] * x.row(i)[c];
            part(c, 0) += r * r;
          }
        }
      });
  std::vector<double> residuals(values.size());
  for (std::size_t c = 0; c < values.size(); ++c) {
    residuals[c] = std::sqrt(squares(static_cast<Eigen::Index>(c), 0));
  }
  return residuals;
}

}  // namespace

void remove_direction(MatrixF& block, const std::vector<float>& direction) {
  const auto p = static_cast<Eigen::Index>(block.cols());
  const Eigen::MatrixXd overlap =
      sum_over_rows(block.rows(), p, 1, [&](std::size_t begin, std::size_t end, Eigen::MatrixXd& part) {
        for (std::size_t i = begin; i < end; ++i) {
          for (Eigen::Index c = 0; c < p; ++c) part(c, 0) += double{direction[i]} * double{block.row(i)[c]};
        }
      });
  parallel_for(block.rows(), kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      for (Eigen::Index c = 0; c < p; ++c)
        block.row(i)[c] -= static_cast<float>(direction[i] * overlap(c, 0));
    }
  });
}

bool orthonormalise(MatrixF& block) {
  // Twice, because once leaves what the condition of the block took from single precision.
  for (int pass = 0; pass < 2; ++pass) {
    const Eigen::MatrixXd gram = inner_products(block, block);
    if (!gram.allFinite()) return false;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
    Eigen::VectorXd scale = solver.eigenvalues();
    const double floor = kDependent * scale.maxCoeff();
    for (double& s : scale) s = s > floor ? 1.0 / std::sqrt(s) : 0.0;
    multiply_in_place(block, solver.eigenvectors() * scale.asDiagonal());
  }
  return true;
}

RitzValues rotate_to_ritz_vectors(const FuzzyGraph& matrix, MatrixF& block) {
  MatrixF product(block.rows(), block.cols());
  recur(matrix, block, {1.0F, 0.0F, 0.0F}, product);
  Eigen::MatrixXd projected = inner_products(block, product);
  projected = (0.5 * (projected + projected.transpose())).eval();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(projected);
  const Eigen::MatrixXd descending = solver.eigenvectors().rowwise().reverse();
  multiply_in_place(block, descending);
  multiply_in_place(product, descending);
  RitzValues ritz;
  for (Eigen::Index c = projected.cols() - 1; c >= 0; --c) ritz.values.push_back(solver.eigenvalues()[c]);
  ritz.residuals = residuals_of(block, product, ritz.values);
  return ritz;
}

MatrixF chebyshev_filter(const FuzzyGraph& matrix, MatrixF block, double cutoff, int degree) {
  const double centre = (cutoff - 1.0) / 2.0;
  const double half_width = (cutoff + 1.0) / 2.0;
  const auto scale = static_cast<float>(1.0 / half_width);
  const auto shift = static_cast<float>(-centre / half_width);
  MatrixF next(block.rows(), block.cols());
  recur(matrix, block, {scale, shift, 0.0F}, next);
  for (int k = 2; k <= degree; ++k) {
    std::swap(block, next);
    recur(matrix, block, {2.0F * scale, 2.0F * shift, -1.0F}, next);
  }
  return next;
}

}  // namespace clipcluster::umap
