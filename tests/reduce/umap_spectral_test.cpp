#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstring>
#include <set>

#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "reduce/umap/component_places.h"
#include "reduce/umap/eigenvectors.h"
#include "reduce/umap/spectral_start.h"

namespace clipcluster::umap {
namespace {

FuzzyGraph graph_from_dense(const Eigen::MatrixXf& weights) {
  FuzzyGraph graph;
  graph.offsets.push_back(0);
  for (Eigen::Index i = 0; i < weights.rows(); ++i) {
    for (Eigen::Index j = 0; j < weights.cols(); ++j) {
      if (weights(i, j) <= 0.0F) continue;
      graph.targets.push_back(static_cast<std::int32_t>(j));
      graph.weights.push_back(weights(i, j));
    }
    graph.offsets.push_back(graph.targets.size());
  }
  return graph;
}

// A sheet of vertices, each tied to the four beside it.
FuzzyGraph grid(int width, int height) {
  Eigen::MatrixXf weights = Eigen::MatrixXf::Zero(width * height, width * height);
  const auto connect = [&](int i, int j) { weights(i, j) = weights(j, i) = 1.0F; };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (x + 1 < width) connect(y * width + x, y * width + x + 1);
      if (y + 1 < height) connect(y * width + x, (y + 1) * width + x);
    }
  }
  return graph_from_dense(weights);
}

Eigen::MatrixXd laplacian(const FuzzyGraph& graph) {
  const auto n = static_cast<Eigen::Index>(graph.vertices());
  Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto row = static_cast<std::size_t>(i);
    for (std::size_t e = graph.offsets[row]; e < graph.offsets[row + 1]; ++e) {
      weights(i, graph.targets[e]) = graph.weights[e];
    }
  }
  const Eigen::VectorXd scale = weights.rowwise().sum().array().rsqrt().matrix();
  return Eigen::MatrixXd::Identity(n, n) - scale.asDiagonal() * weights * scale.asDiagonal();
}

Eigen::MatrixXd as_eigen(const MatrixF& matrix) {
  Eigen::MatrixXd result(matrix.rows(), matrix.cols());
  for (std::size_t i = 0; i < matrix.rows(); ++i) {
    for (std::size_t j = 0; j < matrix.cols(); ++j) {
      result(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = matrix(i, j);
    }
  }
  return result;
}

void expect_eigenvectors(const FuzzyGraph& graph, Eigen::Index count, double tolerance) {
  const auto vectors = laplacian_eigenvectors(graph, static_cast<std::size_t>(count), Progress::none());
  ASSERT_TRUE(vectors.has_value());
  const Eigen::MatrixXd matrix = laplacian(graph);
  const Eigen::MatrixXd found = as_eigen(*vectors);
  const Eigen::VectorXd exact = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix).eigenvalues();
  EXPECT_LT((found.transpose() * found - Eigen::MatrixXd::Identity(count, count)).norm(), 1e-4);
  for (Eigen::Index c = 0; c < count; ++c) {
    const double value = found.col(c).dot(matrix * found.col(c));
    EXPECT_NEAR(value, exact[c + 1], tolerance) << c;
    EXPECT_LT((matrix * found.col(c) - value * found.col(c)).norm(), 3e-4) << c;
  }
}

TEST(UmapEigenvectors, SmallGraphsAreExact) { expect_eigenvectors(grid(13, 9), 3, 1e-6); }

TEST(UmapEigenvectors, LargerGraphsAreCloseEnough) {
  expect_eigenvectors(grid(29, 23), 2, 1e-4);
  expect_eigenvectors(grid(29, 23), 5, 1e-4);
}

TEST(UmapEigenvectors, SameBytesAtAnyThreadCount) {
  const FuzzyGraph graph = grid(71, 61);
  set_thread_count(1);
  const auto one = laplacian_eigenvectors(graph, 3, Progress::none());
  for (const int threads : {2, 4}) {
    set_thread_count(threads);
    const auto many = laplacian_eigenvectors(graph, 3, Progress::none());
    EXPECT_EQ(std::memcmp(one->data(), many->data(), one->size() * sizeof(float)), 0) << threads;
  }
  set_thread_count(0);
}

// `pieces` rings of `size` vertices each that do not touch.
FuzzyGraph rings(int pieces, int size) {
  Eigen::MatrixXf weights = Eigen::MatrixXf::Zero(pieces * size, pieces * size);
  for (int piece = 0; piece < pieces; ++piece) {
    for (int i = 0; i < size; ++i) {
      const int from = piece * size + i;
      const int to = piece * size + (i + 1) % size;
      if (from != to) weights(from, to) = weights(to, from) = 1.0F;
    }
  }
  return graph_from_dense(weights);
}

MatrixF far_apart_points(int pieces, int size) {
  const CounterRandom random(5, "test");
  MatrixF points(static_cast<std::size_t>(pieces * size), 4);
  for (std::size_t i = 0; i < points.rows(); ++i) {
    for (std::size_t c = 0; c < 4; ++c) {
      points(i, c) = static_cast<float>(100.0 * random.normal(i / static_cast<std::size_t>(size), c) +
                                        random.normal(i, 10 + c));
    }
  }
  return points;
}

double distance(const MatrixF& rows, std::size_t i, std::size_t j) {
  double sum = 0.0;
  for (std::size_t c = 0; c < rows.cols(); ++c) sum += std::pow(rows(i, c) - rows(j, c), 2);
  return std::sqrt(sum);
}

// No vertex starts much nearer to the middle of another piece than to that of its own: a piece fills
// the square half way to the next.
void expect_pieces_apart(const MatrixF& start, int pieces, int size) {
  MatrixF middles(static_cast<std::size_t>(pieces), start.cols());
  for (std::size_t i = 0; i < start.rows(); ++i) {
    for (std::size_t c = 0; c < start.cols(); ++c) {
      middles(i / static_cast<std::size_t>(size), c) += start(i, c) / static_cast<float>(size);
    }
  }
  for (std::size_t i = 0; i < start.rows(); ++i) {
    double own = 0.0, nearest_other = HUGE_VAL;
    for (std::size_t piece = 0; piece < middles.rows(); ++piece) {
      double d2 = 0.0;
      for (std::size_t c = 0; c < start.cols(); ++c) d2 += std::pow(start(i, c) - middles(piece, c), 2);
      if (piece == i / static_cast<std::size_t>(size))
        own = d2;
      else
        nearest_other = std::min(nearest_other, d2);
    }
    EXPECT_LT(own, 2.0 * nearest_other) << i;
  }
}

TEST(UmapSpectralStart, PiecesOfAGraphStayApart) {
  for (const auto& [pieces, size] : {std::pair{2, 30}, {4, 400}, {9, 12}, {40, 3}}) {
    UmapOptions options;
    const FuzzyGraph graph = rings(pieces, size);
    const MatrixF points = far_apart_points(pieces, size);
    const MatrixF start = start_positions(graph, points, options, Progress::none());
    if (pieces <= 4) expect_pieces_apart(start, pieces, size);
    std::set<std::pair<float, float>> places;
    for (std::size_t i = 0; i < start.rows(); ++i) {
      ASSERT_GE(start(i, 0), 0.0F);
      ASSERT_LE(start(i, 1), 10.00001F);
      places.emplace(start(i, 0), start(i, 1));
    }
    EXPECT_EQ(places.size(), start.rows());
  }
}

TEST(UmapSpectralStart, FewPiecesSitOnTheAxes) {
  UmapOptions options;
  Components components;
  components.members = {{0}, {1}, {2}};
  const MatrixF places = component_places(components, far_apart_points(3, 1), options);
  EXPECT_EQ(places(0, 0), 1.0F);
  EXPECT_EQ(places(1, 1), 1.0F);
  EXPECT_EQ(places(2, 0), -1.0F);
}

TEST(UmapSpectralStart, ManyPiecesAreFarFromEachOtherAsTheirMiddlesAre) {
  UmapOptions options;
  const int pieces = 12;
  Components components;
  MatrixF points(pieces, 1);  // along a line
  for (int i = 0; i < pieces; ++i) {
    components.members.push_back({i});
    points(static_cast<std::size_t>(i), 0) = static_cast<float>(1000 * i);
  }
  const MatrixF places = component_places(components, points, options);
  // The first coordinate orders them along the line.
  const bool rising = places(1, 0) > places(0, 0);
  for (std::size_t i = 1; i < pieces; ++i) EXPECT_EQ(places(i, 0) > places(i - 1, 0), rising) << i;
  EXPECT_GT(distance(places, 0, pieces - 1), distance(places, 0, 1));
}

TEST(UmapSpectralStart, ThousandsOfPiecesAreQuickAndDistinct) {
  UmapOptions options;
  FuzzyGraph graph;  // 2,000 pairs
  graph.offsets.push_back(0);
  for (std::int32_t i = 0; i < 4000; ++i) {
    graph.targets.push_back(i ^ 1);
    graph.weights.push_back(1.0F);
    graph.offsets.push_back(graph.targets.size());
  }
  const MatrixF start = start_positions(graph, MatrixF(4000, 2), options, Progress::none());
  std::set<std::pair<float, float>> places;
  for (std::size_t i = 0; i < start.rows(); ++i) places.emplace(start(i, 0), start(i, 1));
  EXPECT_GT(places.size(), 3990U);
}

TEST(UmapSpectralStart, TinyGraphsStartAtRandom) {
  for (const int n : {2, 3, 4}) {
    UmapOptions options;
    options.n_components = 5;
    const MatrixF start =
        start_positions(rings(1, n), MatrixF(static_cast<std::size_t>(n), 1), options, Progress::none());
    for (std::size_t i = 0; i < start.size(); ++i) EXPECT_TRUE(std::isfinite(start.data()[i]));
    EXPECT_GT(distance(start, 0, 1), 0.0);
  }
}

}  // namespace
}  // namespace clipcluster::umap
