#include "clipcluster/neighbors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "clipcluster/cpu.h"
#include "clipcluster/parallel.h"
#include "neighbors/oracle.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::cone_points;
using testing::expect_nearest;
using testing::expect_same_lists;
using testing::normal_points;

struct Shape {
  std::size_t n;
  std::size_t d;
  int k;
};

class Neighbors : public ::testing::TestWithParam<Metric> {
 protected:
  void TearDown() override {
    set_thread_count(0);
    limit_instruction_set(InstructionSet::avx512);
  }
  void check(MatrixView<const float> points, int k, double tolerance = 2e-6) {
    const auto lists = nearest_neighbors(points, {k, GetParam()});
    ASSERT_OK(lists);
    expect_nearest(points, points, GetParam(), std::min<std::size_t>(k, points.rows()), true, *lists,
                   tolerance);
  }
};

TEST_P(Neighbors, AreTheNearestForManyShapes) {
  for (const Shape shape :
       {Shape{1, 3, 5}, Shape{2, 1, 2}, Shape{3, 5, 1}, Shape{17, 2, 17}, Shape{49, 33, 7},
        Shape{200, 64, 15}, Shape{501, 5, 70}, Shape{590, 131, 15}, Shape{1040, 96, 40}}) {
    SCOPED_TRACE(std::to_string(shape.n) + " x " + std::to_string(shape.d));
    check(cone_points(shape.n, shape.d, 3), shape.k);
  }
}

TEST_P(Neighbors, AreTheSameAtAnyThreadCountAndInstructionSet) {
  const MatrixF points = cone_points(1111, 70, 5);
  const NeighborOptions options{12, GetParam()};
  const auto expected = nearest_neighbors(points, options);
  ASSERT_OK(expected);
  for (const int threads : {1, 2, 3, 4}) {
    set_thread_count(threads);
    for (const auto set : {InstructionSet::scalar, InstructionSet::avx2, InstructionSet::avx512}) {
      limit_instruction_set(set);
      const auto lists = nearest_neighbors(points, options);
      ASSERT_OK(lists);
      expect_same_lists(*lists, *expected);
    }
  }
}

TEST_P(Neighbors, ManyDuplicatesAreAtDistanceZeroInOrder) {
  MatrixF points = cone_points(900, 40, 9);
  for (std::size_t i = 100; i < 700; ++i) {
    std::memcpy(points.row(i), points.row(i % 3), 40 * sizeof(float));
  }
  check(points, 20);
  const auto lists = nearest_neighbors(points, {4, GetParam()});
  ASSERT_OK(lists);
  const std::vector<std::int32_t> expected = {300, 0, 102, 105};
  EXPECT_EQ(std::vector<std::int32_t>(lists->indices.row(300), lists->indices.row(300) + 4), expected);
  for (std::size_t j = 0; j < 4; ++j) EXPECT_EQ(lists->distances(300, j), 0.0F);
}

TEST_P(Neighbors, AllRowsEqual) {
  MatrixF points(700, 64);
  for (std::size_t i = 0; i < points.size(); ++i) points.data()[i] = static_cast<float>(i % 64) - 20.0F;
  check(points, 9);
}

TEST_P(Neighbors, AlmostEqualRowsFarFromTheOrigin) {
  check(normal_points(600, 80, 21, 1e-3F, 10.0F), 15, 1e-4);
}

TEST_P(Neighbors, AnOutlierChangesNothingForTheOthers) {
  MatrixF points = normal_points(700, 70, 4);
  for (std::size_t j = 0; j < 70; ++j) points(13, j) = 1e7F;
  check(points, 10);
}

TEST_P(Neighbors, VeryLargeAndVerySmallValues) {
  for (const float spread : {1e15F, 1e-15F, 1e-21F}) {
    const MatrixF points = normal_points(300, 70, 8, spread);
    const auto lists = nearest_neighbors(points, {5, GetParam()});
    ASSERT_OK(lists);
    const MatrixF unit = normal_points(300, 70, 8);
    const auto expected = nearest_neighbors(unit, {5, GetParam()});
    ASSERT_OK(expected);
    if (spread > 1e-20F || GetParam() == Metric::cosine) {
      EXPECT_EQ(std::memcmp(lists->indices.data(), expected->indices.data(), 300 * 5 * 4), 0) << spread;
    }
  }
}

TEST_P(Neighbors, ZeroVectors) {
  MatrixF points = normal_points(400, 32, 2);
  for (const std::size_t i : {0U, 7U, 399U}) std::memset(points.row(i), 0, 32 * sizeof(float));
  check(points, 6);
}

TEST_P(Neighbors, QueriesFindTheNearest) {
  const MatrixF points = cone_points(1234, 50, 6);
  for (const std::size_t m : {0U, 1U, 3U, 150U}) {
    const MatrixF queries = cone_points(m, 50, 60);
    const auto lists = query_neighbors(points, queries, {11, GetParam()});
    ASSERT_OK(lists);
    expect_nearest(points, queries, GetParam(), 11, false, *lists);
  }
}

TEST_P(Neighbors, AQueryIsAnsweredTheSameAloneAndInABatch) {
  const MatrixF points = cone_points(1000, 70, 6);
  MatrixF queries = cone_points(200, 70, 61);
  std::memset(queries.row(5), 0, 70 * sizeof(float));
  std::memcpy(queries.row(9), points.row(3), 70 * sizeof(float));
  const NeighborOptions options{8, GetParam()};
  const auto batch = query_neighbors(points, queries, options);
  ASSERT_OK(batch);
  EXPECT_EQ(batch->indices(9, 0), 3);
  EXPECT_EQ(batch->distances(9, 0), 0.0F);
  for (const int threads : {1, 4}) {
    set_thread_count(threads);
    for (std::size_t i = 0; i < queries.rows(); i += 1 + i / 10) {
      const auto alone = query_neighbors(points, queries.view().rows_between(i, i + 1), options);
      ASSERT_OK(alone);
      EXPECT_EQ(std::memcmp(alone->indices.data(), batch->indices.row(i), 8 * 4), 0) << i;
      EXPECT_EQ(std::memcmp(alone->distances.data(), batch->distances.row(i), 8 * 4), 0) << i;
    }
  }
}

// One query is scanned, many rows are searched by tiles: the answers have the same bits, for hard points
// too, and for more candidates than a row has room for.
TEST_P(Neighbors, TilesAndScanAgreeToTheLastBit) {
  MatrixF points = cone_points(2500, 128, 33);
  for (std::size_t i = 500; i < 1300; ++i) {
    std::memcpy(points.row(i), points.row(i % 5), 128 * sizeof(float));
    points(i, i % 128) += 1e-4F * static_cast<float>(i % 7);  // almost equal, beyond what bf16 can tell
  }
  const NeighborOptions options{25, GetParam()};
  const auto lists = nearest_neighbors(points, options);
  ASSERT_OK(lists);
  for (std::size_t i = 0; i < points.rows(); i += 9) {
    const auto one = query_neighbors(points, points.view().rows_between(i, i + 1), options);
    ASSERT_OK(one);
    // The row itself is first in lists; among its duplicates a scan has it elsewhere or not at all.
    EXPECT_EQ(std::memcmp(one->distances.data(), lists->distances.row(i), 25 * 4), 0) << i;
    if (one->indices(0, 0) == static_cast<std::int32_t>(i)) {
      EXPECT_EQ(std::memcmp(one->indices.data(), lists->indices.row(i), 25 * 4), 0) << i;
    }
  }
}

// What nearest_neighbors says of a row is what a query with that row gets.
TEST_P(Neighbors, QueryAndSearchAgreeToTheLastBit) {
  const MatrixF points = cone_points(800, 66, 12);
  const auto lists = nearest_neighbors(points, {10, GetParam()});
  const auto queried = query_neighbors(points, points, {10, GetParam()});
  ASSERT_OK(lists);
  ASSERT_OK(queried);
  expect_same_lists(*lists, *queried);
}

TEST_P(Neighbors, RefuseWhatTheyCannotUse) {
  MatrixF points = normal_points(20, 4, 1);
  EXPECT_EQ(nearest_neighbors(points, {0, GetParam()}).status().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(nearest_neighbors(MatrixF(0, 4), {3, GetParam()}).status().code(), ErrorCode::invalid_argument);
  EXPECT_FALSE(query_neighbors(points, MatrixF(1, 5), {3, GetParam()}).is_ok());
  MatrixF query = normal_points(1, 4, 2);
  query(0, 2) = std::numeric_limits<float>::infinity();
  const auto bad_query = query_neighbors(points, query, {3, GetParam()});
  ASSERT_FALSE(bad_query.is_ok());
  EXPECT_NE(bad_query.status().message().find("row 0 of the queries"), std::string::npos);
  points(11, 3) = std::numeric_limits<float>::quiet_NaN();
  const auto bad_points = nearest_neighbors(points, {3, GetParam()});
  ASSERT_FALSE(bad_points.is_ok());
  EXPECT_NE(bad_points.status().message().find("row 11 of the points"), std::string::npos);
  EXPECT_FALSE(query_neighbors(points, normal_points(1, 4, 2), {3, GetParam()}).is_ok());
}

class Recorder : public Progress {
 public:
  void report(const ProgressEvent& event) override {
    EXPECT_TRUE(!first_ || event.done == 0);
    first_ = false;
    EXPECT_GE(event.done, done_);
    done_ = event.done;
    total_ = event.total;
  }
  bool cancelled() override { return cancel; }
  bool finished() const { return done_ == total_ && !first_; }
  bool cancel = false;

 private:
  bool first_ = true;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 1;
};

TEST_P(Neighbors, ReportProgressAndCanBeCancelled) {
  const MatrixF points = normal_points(700, 20, 3);
  Recorder recorder;
  EXPECT_OK(nearest_neighbors(points, {3, GetParam()}, recorder));
  EXPECT_TRUE(recorder.finished());
  Recorder impatient;
  impatient.cancel = true;
  EXPECT_EQ(nearest_neighbors(points, {3, GetParam()}, impatient).status().code(), ErrorCode::cancelled);
  EXPECT_EQ(query_neighbors(points, points, {3, GetParam()}, impatient).status().code(),
            ErrorCode::cancelled);
}

INSTANTIATE_TEST_SUITE_P(Metrics, Neighbors, ::testing::Values(Metric::euclidean, Metric::cosine),
                         [](const auto& tested) { return metric_name(tested.param); });

TEST(Metric, NamesAreReadBack) {
  for (const Metric metric : {Metric::euclidean, Metric::cosine}) {
    const auto parsed = parse_metric(metric_name(metric));
    ASSERT_OK(parsed);
    EXPECT_EQ(*parsed, metric);
  }
  const auto unknown = parse_metric("manhattan");
  ASSERT_FALSE(unknown.is_ok());
  EXPECT_NE(unknown.status().message().find("'manhattan'"), std::string::npos);
}

}  // namespace
}  // namespace clipcluster
