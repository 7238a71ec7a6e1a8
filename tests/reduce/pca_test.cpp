#include "clipcluster/pca.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <utility>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster {
namespace {

MatrixF read_matrix(std::istream& in, std::size_t rows, std::size_t cols) {
  MatrixF matrix(rows, cols);
  for (std::size_t i = 0; i < matrix.size(); ++i) in >> matrix.data()[i];
  return matrix;
}

void expect_near(const MatrixF& actual, const MatrixF& expected, float tolerance) {
  ASSERT_EQ(actual.rows(), expected.rows());
  ASSERT_EQ(actual.cols(), expected.cols());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const float scale = 1.0F + std::abs(expected.data()[i]);
    EXPECT_NEAR(actual.data()[i], expected.data()[i], tolerance * scale) << "entry " << i;
  }
}

bool same_bytes(const MatrixF& a, const MatrixF& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

MatrixF correlated_points(std::size_t n, std::size_t d) {
  const CounterRandom random(11, "pca test");
  MatrixF points(n, d);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      const auto own = static_cast<float>(random.normal(i, j));
      points(i, j) = own + (j > 0 ? 0.8F * points(i, j - 1) : 10.0F);
    }
  }
  return points;
}

TEST(Pca, AgreesWithScikitLearn) {
  std::ifstream in(CLIPCLUSTER_SOURCE_DIR "/tests/reduce/data/pca_oracle.txt");
  ASSERT_TRUE(in);
  int cases = 0;
  for (std::size_t n = 0, d = 0, c = 0; in >> n >> d >> c; ++cases) {
    SCOPED_TRACE(std::to_string(n) + " x " + std::to_string(d));
    const MatrixF points = read_matrix(in, n, d);
    const MatrixF mean = read_matrix(in, 1, d);
    const MatrixF components = read_matrix(in, c, d);
    const MatrixF variance = read_matrix(in, 1, c);
    const MatrixF ratio = read_matrix(in, 1, c);
    const MatrixF coordinates = read_matrix(in, n, c);
    for (const SvdSolver solver : {SvdSolver::automatic, SvdSolver::exact, SvdSolver::randomized}) {
      const auto model = fit_pca(points, {static_cast<int>(c), solver});
      ASSERT_OK(model);
      expect_near(model->mean, mean, 1e-5F);
      expect_near(model->components, components, 2e-5F);
      expect_near(model->explained_variance, variance, 1e-5F);
      expect_near(model->explained_variance_ratio, ratio, 1e-5F);
      const auto transformed = pca_transform(*model, points);
      ASSERT_OK(transformed);
      expect_near(*transformed, coordinates, 1e-4F);
    }
  }
  EXPECT_EQ(cases, 5);
}

// n x d with singular values that fall as real ones do.
MatrixF decaying_points(std::size_t n, std::size_t d) {
  const CounterRandom random(12, "pca test");
  constexpr std::size_t rank = 40;
  Matrix<double> factors(n + d, rank);
  for (std::size_t i = 0; i < n + d; ++i) {
    for (std::size_t c = 0; c < rank; ++c) factors(i, c) = random.normal(i, c);
  }
  MatrixF points(n, d);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      double sum = 0.02 * factors(i, j % rank);
      for (std::size_t c = 0; c < rank; ++c) {
        sum += factors(i, c) * factors(n + j, c) / static_cast<double>(c + 1);
      }
      points(i, j) = static_cast<float>(sum);
    }
  }
  return points;
}

TEST(Pca, RandomizedAgreesWithExactOnWideAndLongInput) {
  for (const auto& [n, d] : {std::pair<std::size_t, std::size_t>{1100, 130}, {90, 300}}) {
    SCOPED_TRACE(n);
    const MatrixF points = decaying_points(n, d);
    const auto exact = fit_pca(points, {5, SvdSolver::exact});
    const auto randomized = fit_pca(points, {5, SvdSolver::randomized});
    ASSERT_OK(exact);
    ASSERT_OK(randomized);
    expect_near(randomized->components, exact->components, 1e-4F);
    expect_near(randomized->explained_variance, exact->explained_variance, 1e-5F);
    expect_near(randomized->explained_variance_ratio, exact->explained_variance_ratio, 1e-5F);
    for (const int threads : {1, 2, 3, 4}) {
      set_thread_count(threads);
      const auto again = fit_pca(points, {5, SvdSolver::randomized});
      ASSERT_OK(again);
      EXPECT_TRUE(same_bytes(again->components, randomized->components)) << threads;
    }
    set_thread_count(0);
  }
}

TEST(Pca, AutomaticIsRandomizedForManyColumnsAndFewComponents) {
  const MatrixF wide = decaying_points(60, 900);
  const auto automatic = fit_pca(wide, {2});
  const auto randomized = fit_pca(wide, {2, SvdSolver::randomized});
  ASSERT_OK(automatic);
  ASSERT_OK(randomized);
  EXPECT_TRUE(same_bytes(automatic->components, randomized->components));
  const MatrixF narrow = correlated_points(300, 20);
  const auto chosen = fit_pca(narrow, {2});
  const auto exact = fit_pca(narrow, {2, SvdSolver::exact});
  ASSERT_OK(chosen);
  ASSERT_OK(exact);
  EXPECT_TRUE(same_bytes(chosen->components, exact->components));
}

TEST(Pca, AllComponentsGiveThePointsBack) {
  const MatrixF points = correlated_points(150, 9);
  const auto model = fit_pca(points, {9});
  ASSERT_OK(model);
  const auto coordinates = pca_transform(*model, points);
  ASSERT_OK(coordinates);
  const auto restored = pca_inverse_transform(*model, *coordinates);
  ASSERT_OK(restored);
  expect_near(*restored, points, 1e-5F);
}

TEST(Pca, IsTheSameAtAnyThreadCountAndForOneRow) {
  const MatrixF points = correlated_points(2500, 150);
  const auto model = fit_pca(points, {6});
  ASSERT_OK(model);
  const auto all = pca_transform(*model, points);
  ASSERT_OK(all);
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    const auto again = fit_pca(points, {6});
    ASSERT_OK(again);
    EXPECT_TRUE(same_bytes(again->components, model->components)) << threads;
    EXPECT_TRUE(same_bytes(again->explained_variance, model->explained_variance)) << threads;
    const auto one = pca_transform(*model, points.view().rows_between(77, 78));
    ASSERT_OK(one);
    EXPECT_EQ(std::memcmp(one->data(), all->row(77), 6 * sizeof(float)), 0);
  }
  set_thread_count(0);
}

TEST(Pca, ConstantColumnsAndEqualRowsHaveDefinedResults) {
  MatrixF points(20, 4);
  for (std::size_t i = 0; i < points.size(); ++i) points.data()[i] = 3.0F;
  for (const SvdSolver solver : {SvdSolver::exact, SvdSolver::randomized}) {
    const auto model = fit_pca(points, {2, solver});
    ASSERT_OK(model);
    EXPECT_EQ(model->explained_variance(0, 0), 0.0F);
    EXPECT_EQ(model->explained_variance_ratio(0, 0), 0.0F);
    const auto coordinates = pca_transform(*model, points);
    ASSERT_OK(coordinates);
    EXPECT_EQ((*coordinates)(7, 1), 0.0F);
  }
}

TEST(Pca, TravelsThroughArrays) {
  const auto model = fit_pca(correlated_points(50, 7), {3});
  ASSERT_OK(model);
  const NamedArrays arrays = model->to_arrays();
  const auto read = PcaModel::from_arrays(arrays);
  ASSERT_OK(read);
  EXPECT_TRUE(same_bytes(read->mean, model->mean));
  EXPECT_TRUE(same_bytes(read->components, model->components));
  EXPECT_TRUE(same_bytes(read->explained_variance, model->explained_variance));
  EXPECT_TRUE(same_bytes(read->explained_variance_ratio, model->explained_variance_ratio));
  EXPECT_FALSE(PcaModel::from_arrays(NamedArrays("umap", 1)).is_ok());
  EXPECT_FALSE(PcaModel::from_arrays(NamedArrays("pca", 1)).is_ok());
  NamedArrays broken = model->to_arrays();
  broken.add("mean", SharedMatrix<float>(MatrixF(1, 6)));
  EXPECT_EQ(PcaModel::from_arrays(broken).status().code(), ErrorCode::corrupt);
}

TEST(Pca, RefusesWhatItCannotUse) {
  MatrixF points = correlated_points(10, 4);
  for (const int components : {0, 5}) {
    const auto refused = fit_pca(points, {components});
    ASSERT_FALSE(refused.is_ok());
    EXPECT_NE(refused.status().message().find("from 1 to 4"), std::string::npos);
  }
  EXPECT_FALSE(fit_pca(MatrixF(1, 4), {1}).is_ok());
  const auto model = fit_pca(points, {2});
  ASSERT_OK(model);
  EXPECT_FALSE(pca_transform(*model, MatrixF(3, 5)).is_ok());
  EXPECT_FALSE(pca_inverse_transform(*model, MatrixF(3, 4)).is_ok());
  points(6, 1) = std::numeric_limits<float>::quiet_NaN();
  const auto bad = fit_pca(points, {2});
  ASSERT_FALSE(bad.is_ok());
  EXPECT_NE(bad.status().message().find("row 6"), std::string::npos);
}

class Impatient : public Progress {
 public:
  bool cancelled() override { return true; }
};

TEST(Pca, CanBeCancelled) {
  Impatient impatient;
  for (const SvdSolver solver : {SvdSolver::exact, SvdSolver::randomized}) {
    EXPECT_EQ(fit_pca(correlated_points(10, 4), {2, solver}, impatient).status().code(),
              ErrorCode::cancelled);
  }
}

}  // namespace
}  // namespace clipcluster
