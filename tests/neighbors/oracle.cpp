#include "neighbors/oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "clipcluster/random.h"

namespace clipcluster::testing {

double distance_in_double(const float* x, const float* y, std::size_t size, Metric metric) {
  double xx = 0.0;
  double yy = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    xx += double{x[i]} * x[i];
    yy += double{y[i]} * y[i];
  }
  const bool cosine = metric == Metric::cosine;
  if (cosine && (xx == 0.0 || yy == 0.0)) return xx == yy ? 0.0 : 1.0;
  const double x_scale = cosine ? 1.0 / std::sqrt(xx) : 1.0;
  const double y_scale = cosine ? 1.0 / std::sqrt(yy) : 1.0;
  double squared = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    const double difference = x[i] * x_scale - y[i] * y_scale;
    squared += difference * difference;
  }
  return cosine ? squared / 2 : std::sqrt(squared);
}

MatrixF normal_points(std::size_t n, std::size_t d, std::uint64_t seed, float spread, float offset) {
  const CounterRandom random(seed, "normal points");
  MatrixF points(n, d);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points.data()[i] = spread * static_cast<float>(random.normal(i)) + offset;
  }
  return points;
}

MatrixF cone_points(std::size_t n, std::size_t d, std::uint64_t seed) {
  const MatrixF centres = normal_points(8, d, seed + 1, 0.6F, 1.0F);
  MatrixF points = normal_points(n, d, seed, 0.4F);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) points(i, j) += centres(i % 8, j);
  }
  return points;
}

namespace {

void expect_order(const NeighborLists& lists, std::size_t i, bool self) {
  std::vector<std::int32_t> seen;
  for (std::size_t j = 0; j < lists.indices.cols(); ++j) seen.push_back(lists.indices(i, j));
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end()) << "a neighbour twice in row " << i;
  for (std::size_t j = self ? 2 : 1; j < lists.indices.cols(); ++j) {
    const float before = lists.distances(i, j - 1);
    const float here = lists.distances(i, j);
    EXPECT_TRUE(before < here || (before == here && lists.indices(i, j - 1) < lists.indices(i, j)))
        << "row " << i << " at " << j;
  }
}

}  // namespace

void expect_nearest(MatrixView<const float> points, MatrixView<const float> queries, Metric metric,
                    std::size_t k, bool self, const NeighborLists& lists, double tolerance) {
  ASSERT_EQ(lists.indices.rows(), queries.rows());
  ASSERT_EQ(lists.indices.cols(), k);
  ASSERT_EQ(lists.distances.cols(), k);
  for (std::size_t i = 0; i < queries.rows(); ++i) {
    expect_order(lists, i, self);
    if (self) {
      EXPECT_EQ(lists.indices(i, 0), static_cast<std::int32_t>(i));
      EXPECT_EQ(lists.distances(i, 0), 0.0F);
    }
    std::vector<double> all(points.rows());
    for (std::size_t j = 0; j < points.rows(); ++j) {
      all[j] = distance_in_double(queries.row(i), points.row(j), points.cols(), metric);
    }
    std::vector<double> nearest = all;
    if (self) nearest[i] = -1.0;  // before its duplicates
    std::sort(nearest.begin(), nearest.end());
    for (std::size_t j = 0; j < k; ++j) {
      const double expected = std::max(nearest[j], 0.0);
      const auto index = static_cast<std::size_t>(lists.indices(i, j));
      ASSERT_LT(index, points.rows());
      ASSERT_NEAR(lists.distances(i, j), expected, tolerance * (1.0 + expected)) << i << ", " << j;
      ASSERT_NEAR(lists.distances(i, j), all[index], tolerance * (1.0 + expected)) << i << ", " << j;
    }
  }
}

void expect_same_lists(const NeighborLists& a, const NeighborLists& b) {
  ASSERT_EQ(a.indices.rows(), b.indices.rows());
  ASSERT_EQ(a.indices.cols(), b.indices.cols());
  EXPECT_EQ(std::memcmp(a.indices.data(), b.indices.data(), a.indices.size() * 4), 0);
  EXPECT_EQ(std::memcmp(a.distances.data(), b.distances.data(), a.distances.size() * 4), 0);
}

}  // namespace clipcluster::testing
