// The search's own parts: rotated and plain arrangements against every distance, equal rows, orders.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "clipcluster/cpu.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "neighbors/equal_rows.h"
#include "neighbors/jacobi_eigen.h"
#include "neighbors/oracle.h"
#include "neighbors/orthonormal.h"
#include "neighbors/principal_rotation.h"
#include "neighbors/row_order.h"
#include "neighbors/rows.h"
#include "neighbors/scan.h"
#include "neighbors/tiled_search.h"
#include "support/support.h"

namespace clipcluster::neighbors {
namespace {

using ::clipcluster::testing::cone_points;
using ::clipcluster::testing::expect_same_lists;
using ::clipcluster::testing::normal_points;

NeighborLists by_scan(const MatrixF& points, Metric metric, std::size_t k) {
  const std::vector<float> scales = row_scales(points, metric, "points").value();
  NeighborLists lists{MatrixI(points.rows(), k), MatrixF(points.rows(), k)};
  NearestHeap heap(k - 1);
  for (std::size_t i = 0; i < points.rows(); ++i) {
    const ScanQuery query{points.row(i), scales[i], static_cast<std::int64_t>(i)};
    scan_points(points, scales, query, metric, 0, points.rows(), heap);
    heap.take_sorted(lists.indices.row(i) + 1, lists.distances.row(i) + 1);
    lists.indices(i, 0) = static_cast<std::int32_t>(i);
  }
  return lists;
}

NeighborLists by_tiles(const MatrixF& points, Metric metric, std::size_t k, Arrangement arrangement) {
  const std::vector<float> scales = row_scales(points, metric, "points").value();
  NeighborLists lists{MatrixI(points.rows(), k), MatrixF(points.rows(), k)};
  const auto outcome =
      search_among_themselves({points, scales}, metric, lists, Progress::none(), arrangement);
  EXPECT_TRUE(outcome.is_ok() && *outcome == TiledOutcome::done);
  return lists;
}

// Rows whose values follow the rows of `points` after a shuffle, and where each row went.
std::vector<std::size_t> shuffled(std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const CounterRandom random(3, "shuffle");
  for (std::size_t i = n; i > 1; --i) {
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i), i)]);
  }
  return order;
}

class Search : public ::testing::TestWithParam<Metric> {
 protected:
  void TearDown() override {
    set_thread_count(0);
    limit_instruction_set(InstructionSet::avx512);
  }
  // Every version on every instruction set has the bits of the scan.
  void check(const MatrixF& points, std::size_t k) {
    const NeighborLists expected = by_scan(points, GetParam(), k);
    for (const auto set : {InstructionSet::scalar, InstructionSet::avx2, InstructionSet::avx512}) {
      limit_instruction_set(set);
      for (const Arrangement arrangement : {Arrangement::plain, Arrangement::rotated}) {
        expect_same_lists(by_tiles(points, GetParam(), k, arrangement), expected);
      }
    }
  }
};

TEST_P(Search, HasTheBitsOfAScanForManyShapes) {
  struct Shape {
    std::size_t n, d, k;
  };
  for (const Shape shape : {Shape{2, 1, 2}, Shape{3, 2, 3}, Shape{33, 7, 5}, Shape{100, 65, 100},
                            Shape{301, 70, 15}, Shape{577, 129, 70}, Shape{650, 300, 9}}) {
    SCOPED_TRACE(std::to_string(shape.n) + " x " + std::to_string(shape.d));
    check(cone_points(shape.n, shape.d, 7), shape.k);
    check(normal_points(shape.n, shape.d, 8), shape.k);  // nothing stops early here
  }
}

TEST_P(Search, HasTheBitsOfAScanForHardPoints) {
  MatrixF points = cone_points(700, 96, 41);
  for (const std::size_t i : {5U, 6U, 600U}) std::memset(points.row(i), 0, 96 * sizeof(float));
  for (std::size_t i = 100; i < 300; ++i) std::memcpy(points.row(i), points.row(i % 4), 96 * sizeof(float));
  for (std::size_t i = 300; i < 500; ++i) {
    std::memcpy(points.row(i), points.row(i % 4), 96 * sizeof(float));
    points(i, i % 96) += 1e-4F * static_cast<float>(i % 7);  // almost equal, beyond what bf16 can tell
  }
  for (std::size_t i = 500; i < 520; ++i) {
    for (std::size_t j = 0; j < 96; ++j) points(i, j) = 2.0F * points(3, j);  // equal by cosine only
  }
  for (std::size_t j = 0; j < 96; ++j) points(13, j) = 1e6F;
  check(points, 20);
}

TEST_P(Search, HasTheBitsOfAScanWhenThereAreFewDifferentRows) {
  MatrixF points = normal_points(300, 70, 2);
  for (std::size_t i = 0; i < points.rows(); ++i) {
    std::memcpy(points.row(i), points.row(i * i % 7), 70 * sizeof(float));
  }
  check(points, 5);
  check(points, 290);
  for (std::size_t i = 1; i < points.rows(); ++i) {
    std::memcpy(points.row(i), points.row(0), 70 * sizeof(float));
  }
  check(points, 6);
}

TEST_P(Search, IsTheSameAtAnyThreadCount) {
  const MatrixF points = cone_points(1777, 80, 5);
  const NeighborLists expected = by_tiles(points, GetParam(), 12, Arrangement::rotated);
  for (const int threads : {1, 2, 3, 4}) {
    set_thread_count(threads);
    expect_same_lists(by_tiles(points, GetParam(), 12, Arrangement::rotated), expected);
    expect_same_lists(by_tiles(points, GetParam(), 12, Arrangement::automatic), expected);
  }
}

TEST_P(Search, PermutesAsTheRowsDo) {
  const MatrixF points = cone_points(901, 75, 15);
  const std::vector<std::size_t> order = shuffled(points.rows());
  MatrixF moved(points.rows(), points.cols());
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::copy_n(points.row(order[i]), points.cols(), moved.row(i));
  }
  const NeighborLists lists = by_tiles(points, GetParam(), 9, Arrangement::rotated);
  const NeighborLists moved_lists = by_tiles(moved, GetParam(), 9, Arrangement::rotated);
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < 9; ++j) {
      ASSERT_EQ(static_cast<std::int32_t>(order[static_cast<std::size_t>(moved_lists.indices(i, j))]),
                lists.indices(order[i], j));
      ASSERT_EQ(moved_lists.distances(i, j), lists.distances(order[i], j));
    }
  }
}

TEST_P(Search, ScalesByPowersOfTwo) {
  const MatrixF points = cone_points(650, 66, 25);
  MatrixF larger = points.clone();
  for (std::size_t i = 0; i < larger.size(); ++i) larger.data()[i] *= 1024.0F;
  const NeighborLists lists = by_tiles(points, GetParam(), 9, Arrangement::rotated);
  const NeighborLists larger_lists = by_tiles(larger, GetParam(), 9, Arrangement::rotated);
  const float factor = GetParam() == Metric::cosine ? 1.0F : 1024.0F;
  for (std::size_t i = 0; i < lists.indices.size(); ++i) {
    ASSERT_EQ(larger_lists.indices.data()[i], lists.indices.data()[i]);
    ASSERT_EQ(larger_lists.distances.data()[i], factor * lists.distances.data()[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Metrics, Search, ::testing::Values(Metric::euclidean, Metric::cosine),
                         [](const auto& metric) { return std::string(metric_name(metric.param)); });

TEST(EqualRows, AreGroupedByTheirFirst) {
  MatrixF points = normal_points(50, 3, 1);
  for (const std::size_t i : {9U, 20U, 49U}) std::memcpy(points.row(i), points.row(4), 3 * sizeof(float));
  const EqualRows equal(points);
  EXPECT_FALSE(equal.all_distinct());
  EXPECT_EQ(equal.firsts().size(), 47U);
  for (const std::int32_t copy : {9, 20, 49}) {
    EXPECT_FALSE(std::binary_search(equal.firsts().begin(), equal.firsts().end(), copy));
  }
  EXPECT_TRUE(EqualRows(normal_points(50, 3, 1)).all_distinct());
}

TEST(PrincipalRotation, IsOrthogonalAndOrdersTheVariance) {
  for (const std::size_t d : {1U, 5U, 64U, 200U}) {
    MatrixF points = normal_points(500, d, 3);
    for (std::size_t i = 0; i < points.rows(); ++i) {
      for (std::size_t j = 0; j < d; ++j) points(i, j) /= 1.0F + static_cast<float>(j * 37 % d);
    }
    const Rotation rotation =
        principal_rotation(points, std::vector<float>(500, 1.0F), std::vector<float>(d, 0.0F));
    EXPECT_LT(rotation.defect, 1e-5);
    EXPECT_GE(rotation.defect, orthonormality_defect(rotation.axes));
    std::vector<double> variance(d, 0.0);
    for (std::size_t i = 0; i < points.rows(); ++i) {
      for (std::size_t a = 0; a < d; ++a) {
        const double along =
            std::inner_product(points.row(i), points.row(i) + d, rotation.axes.row(a), 0.0);
        variance[a] += along * along;
      }
    }
    for (std::size_t a = 1; a < std::min<std::size_t>(d, 20); ++a) {
      EXPECT_LT(variance[a], variance[a - 1] * 1.01) << a;
    }
  }
}

TEST(PrincipalRotation, OfEqualPointsIsARotationStill) {
  const Rotation rotation =
      principal_rotation(MatrixF(40, 150), std::vector<float>(40, 1.0F), std::vector<float>(150, 0.0F));
  EXPECT_LT(rotation.defect, 1e-5);
}

TEST(JacobiEigen, FindsTheEigenvectors) {
  const MatrixF factor = normal_points(30, 30, 5);
  Matrix<double> symmetric(30, 30);
  for (std::size_t i = 0; i < 30; ++i) {
    for (std::size_t j = 0; j < 30; ++j) {
      for (std::size_t k = 0; k < 30; ++k) symmetric(i, j) += double{factor(i, k)} * factor(j, k);
    }
  }
  const Matrix<double> vectors = eigenvectors_descending(symmetric.clone());
  double before = 1e300;
  for (std::size_t v = 0; v < 30; ++v) {
    std::vector<double> image(30, 0.0);
    for (std::size_t i = 0; i < 30; ++i) {
      for (std::size_t j = 0; j < 30; ++j) image[i] += symmetric(i, j) * vectors(v, j);
    }
    const double value = std::inner_product(image.begin(), image.end(), vectors.row(v), 0.0);
    for (std::size_t i = 0; i < 30; ++i) EXPECT_NEAR(image[i], value * vectors(v, i), 1e-6);
    EXPECT_LE(value, before);
    before = value;
  }
}

TEST(RowOrder, IsAPermutationThatKeepsClustersTogether) {
  const MatrixF points = cone_points(2000, 10, 3);  // cluster of row i: i % 8
  std::vector<std::int32_t> ids(points.rows());
  std::iota(ids.begin(), ids.end(), 0);
  const std::vector<std::int32_t> order = order_by_bisection(points, ids);
  std::size_t same = 0;
  for (std::size_t i = 1; i < order.size(); ++i) same += order[i] % 8 == order[i - 1] % 8 ? 1 : 0;
  EXPECT_GT(same, order.size() / 2);  // an eighth in the order given
  std::vector<std::int32_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, ids);
  EXPECT_EQ(order_by_bisection(MatrixF(100, 4), {ids.begin(), ids.begin() + 100}).size(), 100U);
}

TEST(RowOrder, EveryTwoBlocksMeetOnce) {
  for (const std::size_t blocks : {1U, 2U, 7U, 70U}) {
    const MatrixF points = normal_points(blocks * 3 - 1, 4, 9);
    std::vector<std::int32_t> order(points.rows());
    std::iota(order.begin(), order.end(), 0);
    std::set<BlockPair> met;
    for (const auto& round : meetings(points, order, 3)) {
      std::set<std::uint32_t> busy;
      for (const auto& [a, b] : round) {
        EXPECT_LT(a, b);
        EXPECT_LT(b, blocks);
        EXPECT_TRUE(busy.insert(a).second && busy.insert(b).second);
        EXPECT_TRUE(met.insert({a, b}).second);
      }
    }
    EXPECT_EQ(met.size(), blocks * (blocks - 1) / 2);
  }
}

}  // namespace
}  // namespace clipcluster::neighbors
