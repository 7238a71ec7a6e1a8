#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "clipcluster/cpu.h"
#include "clipcluster/neighbors.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "neighbors/oracle.h"
#include "neighbors/partition/approximate_neighbors.h"
#include "neighbors/partition/dot_kernels.h"
#include "neighbors/partition/scan_kernels.h"
#include "neighbors/rows.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::cone_points;
using testing::expect_same_lists;
using testing::normal_points;

class Index : public ::testing::TestWithParam<Metric> {
 protected:
  void TearDown() override {
    set_thread_count(0);
    limit_instruction_set(InstructionSet::avx512);
  }
  NeighborIndex build(MatrixView<const float> points) {
    auto index = build_neighbor_index(SharedMatrix<float>::borrow(points), GetParam());
    EXPECT_OK(index);
    return std::move(index).value();
  }
  NeighborLists query(const NeighborIndex& index, MatrixView<const float> queries, int k) {
    auto lists = query_neighbors(index, queries, {k, GetParam()});
    EXPECT_OK(lists);
    return std::move(lists).value();
  }
};

// The share of neighbours that are as near as the true ones.
double recall(const NeighborLists& found, const NeighborLists& truth) {
  std::size_t near = 0;
  for (std::size_t i = 0; i < truth.distances.rows(); ++i) {
    for (std::size_t j = 0; j < truth.distances.cols(); ++j) {
      near += found.distances(i, j) <= truth.distances(i, truth.distances.cols() - 1) ? 1U : 0U;
    }
  }
  return static_cast<double>(near) / static_cast<double>(truth.distances.size());
}

bool same_arrays(const NamedArrays& a, const NamedArrays& b) {
  if (a.texts() != b.texts() || a.arrays().size() != b.arrays().size()) return false;
  for (const auto& [name, array] : a.arrays()) {
    const NamedArrays::Array& other = b.arrays().at(name);
    const std::size_t bytes = array.rows * array.cols * element_size(array.type);
    if (array.rows != other.rows || array.cols != other.cols) return false;
    if (bytes != 0 && std::memcmp(array.data, other.data, bytes) != 0) return false;
  }
  return true;
}

TEST_P(Index, FindsNearlyAllNeighbors) {
  struct Shape {
    std::size_t n;
    std::size_t d;
    int k;
  };
  for (const Shape shape :
       {Shape{2500, 3, 15}, Shape{3001, 37, 15}, Shape{2600, 150, 7}, Shape{4003, 130, 70}}) {
    SCOPED_TRACE(std::to_string(shape.n) + " x " + std::to_string(shape.d));
    const MatrixF points = cone_points(shape.n, shape.d, 3);
    const MatrixF queries = cone_points(150, shape.d, 4);
    const NeighborIndex index = build(points);
    EXPECT_TRUE(index.has_cells());
    const auto truth = query_neighbors(points, queries, {shape.k, GetParam()});
    ASSERT_OK(truth);
    EXPECT_GE(recall(query(index, queries, shape.k), *truth), 0.99);
  }
}

TEST_P(Index, IsExactForFewRowsAndForManyNeighbors) {
  const MatrixF queries = cone_points(7, 20, 4);
  for (const std::size_t n : {std::size_t{1}, std::size_t{40}, std::size_t{2500}}) {
    const MatrixF points = cone_points(n, 20, 3);
    const NeighborIndex index = build(points);
    EXPECT_EQ(index.has_cells(), n == 2500);
    const auto truth = query_neighbors(points, queries, {400, GetParam()});
    ASSERT_OK(truth);
    expect_same_lists(query(index, queries, 400), *truth);
  }
}

TEST_P(Index, IsTheSameAtAnyThreadCountAndInstructionSet) {
  const MatrixF points = cone_points(2400, 140, 5);
  const MatrixF queries = cone_points(40, 140, 6);
  const NeighborIndex expected = build(points);
  const NeighborLists lists = query(expected, queries, 12);
  for (const int threads : {1, 2, 3, 4}) {
    set_thread_count(threads);
    const auto set = threads == 1   ? InstructionSet::scalar
                     : threads == 2 ? InstructionSet::avx2
                                    : InstructionSet::avx512;
    limit_instruction_set(set);
    const NeighborIndex index = build(points);
    EXPECT_TRUE(same_arrays(index.to_arrays(), expected.to_arrays())) << threads;
    expect_same_lists(query(index, queries, 12), lists);
  }
}

TEST_P(Index, AnswersAreTheSameAloneAndInAnyBatch) {
  const MatrixF points = cone_points(2400, 40, 5);
  MatrixF queries = cone_points(30, 40, 6);
  std::memset(queries.row(4), 0, 40 * sizeof(float));
  const NeighborIndex index = build(points);
  const NeighborLists batch = query(index, queries, 9);
  for (std::size_t i = 0; i < queries.rows(); ++i) {
    const NeighborLists alone = query(index, queries.view().rows_between(i, i + 1), 9);
    EXPECT_EQ(std::memcmp(alone.indices.data(), batch.indices.row(i), 9 * 4), 0) << i;
    EXPECT_EQ(std::memcmp(alone.distances.data(), batch.distances.row(i), 9 * 4), 0) << i;
  }
  const auto zero = query_neighbors(points, queries.view().rows_between(4, 5), {9, GetParam()});
  ASSERT_OK(zero);
  EXPECT_EQ(std::memcmp(zero->indices.data(), batch.indices.row(4), 9 * 4), 0);
}

// Also among hundreds of rows that the compact form cannot tell apart.
TEST_P(Index, ARowOfThePointsIsFoundFirst) {
  MatrixF points = cone_points(3000, 60, 5);
  for (std::size_t i = 1000; i < 1900; ++i) {
    std::memcpy(points.row(i), points.row(7), 60 * sizeof(float));
    points(i, i % 60) += 1e-5F * static_cast<float>(i % 100);
  }
  const NeighborIndex index = build(points);
  const NeighborLists lists = query(index, points, 3);
  for (std::size_t i = 0; i < points.rows(); ++i) {
    ASSERT_EQ(lists.distances(i, 0), 0.0F) << i;
    const auto first = static_cast<std::size_t>(lists.indices(i, 0));
    const bool equal = std::memcmp(points.row(first), points.row(i), 60 * sizeof(float)) == 0;
    ASSERT_TRUE(equal || i >= 1000) << i;
  }
}

TEST_P(Index, DuplicatesAreFoundInTheirOrder) {
  MatrixF points = cone_points(2600, 40, 5);
  for (std::size_t i = 300; i < 1500; ++i)
    std::memcpy(points.row(i), points.row(i % 2), 40 * sizeof(float));
  const NeighborIndex index = build(points);
  const NeighborLists lists = query(index, points.view().rows_between(1200, 1201), 4);
  const std::vector<std::int32_t> expected = {0, 300, 302, 304};
  EXPECT_EQ(std::vector<std::int32_t>(lists.indices.data(), lists.indices.data() + 4), expected);
}

TEST_P(Index, AllRowsEqual) {
  MatrixF points(2500, 20);
  std::fill_n(points.data(), points.size(), 0.5F);
  const NeighborLists lists = query(build(points), points.view().rows_between(9, 11), 5);
  for (std::int32_t j = 0; j < 5; ++j) {
    EXPECT_EQ(lists.indices(1, static_cast<std::size_t>(j)), j);
    EXPECT_EQ(lists.distances(1, static_cast<std::size_t>(j)), 0.0F);
  }
}

TEST_P(Index, ZeroVectorsAreWhereTheyBelong) {
  MatrixF points = normal_points(2600, 24, 5);
  for (std::size_t i = 0; i < 900; i += 2) std::memset(points.row(i), 0, 24 * sizeof(float));
  MatrixF queries = normal_points(40, 24, 6);
  const NeighborIndex index = build(points);
  for (const int k : {5, 60}) {
    const auto truth = query_neighbors(points, queries, {k, GetParam()});
    ASSERT_OK(truth);
    EXPECT_GE(recall(query(index, queries, k), *truth), 0.99);
  }
}

TEST_P(Index, AnOutlierChangesLittleForTheOthers) {
  MatrixF points = cone_points(2600, 40, 5);
  for (std::size_t j = 0; j < 40; ++j) points(13, j) = 1e7F;
  const MatrixF queries = cone_points(50, 40, 6);
  const auto truth = query_neighbors(points, queries, {10, GetParam()});
  ASSERT_OK(truth);
  EXPECT_GE(recall(query(build(points), queries, 10), *truth), 0.99);
}

TEST_P(Index, ValuesTooLargeForSquaresAreScanned) {
  MatrixF points = normal_points(2100, 12, 5);
  for (std::size_t j = 0; j < 12; ++j) points(13, j) = 3e18F;
  const MatrixF queries = normal_points(3, 12, 6);
  const auto truth = query_neighbors(points, queries, {10, GetParam()});
  ASSERT_OK(truth);
  const NeighborLists lists = query(build(points), queries, 10);
  EXPECT_GE(recall(lists, *truth), 0.99);
}

TEST_P(Index, ComesBackFromItsArrays) {
  for (const std::size_t n : {std::size_t{50}, std::size_t{2500}}) {
    const MatrixF points = cone_points(n, 30, 5);
    const MatrixF queries = cone_points(20, 30, 6);
    const NeighborIndex index = build(points);
    const auto again = NeighborIndex::from_arrays(index.to_arrays(), index.points());
    ASSERT_OK(again);
    EXPECT_EQ(again->has_cells(), index.has_cells());
    EXPECT_EQ(again->metric(), GetParam());
    EXPECT_EQ(again->bytes(), index.bytes());
    expect_same_lists(query(*again, queries, 8), query(index, queries, 8));
  }
}

TEST_P(Index, TakesFarLessRoomThanThePoints) {
  const MatrixF points = cone_points(6000, 512, 5);
  EXPECT_LT(build(points).bytes(), points.size() * sizeof(float) / 5);
}

TEST_P(Index, RefusesWhatItCannotUse) {
  MatrixF points = cone_points(2200, 30, 5);
  const NeighborIndex index = build(points);
  const Metric other = GetParam() == Metric::cosine ? Metric::euclidean : Metric::cosine;
  const auto wrong_metric = query_neighbors(index, points, {3, other});
  ASSERT_FALSE(wrong_metric.is_ok());
  EXPECT_NE(wrong_metric.status().message().find("was built for"), std::string::npos);
  EXPECT_FALSE(query_neighbors(index, MatrixF(2, 31), {3, GetParam()}).is_ok());
  EXPECT_FALSE(query_neighbors(index, points, {0, GetParam()}).is_ok());
  MatrixF query = cone_points(2, 30, 5);
  query(1, 3) = std::numeric_limits<float>::quiet_NaN();
  const auto bad_query = query_neighbors(index, query, {3, GetParam()});
  ASSERT_FALSE(bad_query.is_ok());
  EXPECT_NE(bad_query.status().message().find("row 1 of the queries"), std::string::npos);

  const NamedArrays arrays = index.to_arrays();
  EXPECT_EQ(NeighborIndex::from_arrays(NamedArrays("umap", 1), index.points()).status().code(),
            ErrorCode::corrupt);
  EXPECT_EQ(NeighborIndex::from_arrays(NamedArrays("neighbors", 2), index.points()).status().code(),
            ErrorCode::unsupported);
  EXPECT_EQ(NeighborIndex::from_arrays(arrays, cone_points(2199, 30, 5)).status().code(),
            ErrorCode::corrupt);
  NamedArrays damaged = arrays;
  damaged.add("codes", SharedMatrix<std::uint8_t>(Matrix<std::uint8_t>(3, 5)));
  EXPECT_EQ(NeighborIndex::from_arrays(damaged, index.points()).status().code(), ErrorCode::corrupt);
  damaged = arrays;
  damaged.add("cell_panels", SharedMatrix<std::int32_t>(MatrixI(1, 4)));
  EXPECT_EQ(NeighborIndex::from_arrays(damaged, index.points()).status().code(), ErrorCode::corrupt);

  damaged = arrays;
  MatrixI numbers = MatrixI::copy_of(arrays.matrix<std::int32_t>("row_numbers").value());
  numbers(0, 0) = 2200;
  damaged.add("row_numbers", SharedMatrix<std::int32_t>(std::move(numbers)));
  EXPECT_EQ(NeighborIndex::from_arrays(damaged, index.points()).status().code(), ErrorCode::corrupt);

  points(11, 3) = std::numeric_limits<float>::infinity();
  const auto bad_points = build_neighbor_index(SharedMatrix<float>::borrow(points), GetParam());
  ASSERT_FALSE(bad_points.is_ok());
  EXPECT_NE(bad_points.status().message().find("row 11 of the points"), std::string::npos);
  EXPECT_FALSE(build_neighbor_index(MatrixF(0, 4), GetParam()).is_ok());
}

class Approximate : public Index {
 protected:
  NeighborLists search(MatrixView<const float> points, int k,
                       NeighborSearch search = NeighborSearch::approximate) {
    auto lists = nearest_neighbors(points, {k, GetParam(), search});
    EXPECT_OK(lists);
    return std::move(lists).value();
  }
};

// With so little effort that cells and refinement both matter.
TEST_P(Approximate, RefinementFindsWhatCellsMiss) {
  const MatrixF points = cone_points(2200, 30, 3);
  const auto scales = neighbors::row_scales(points, GetParam(), "points");
  ASSERT_OK(scales);
  const NeighborLists truth = search(points, 11, NeighborSearch::exact);
  double before = 0.0;
  for (const int passes : {0, 1, 2}) {
    neighbors::ApproximateEffort effort{{200, 30}, 15, 10, passes};
    NeighborLists lists = search(points, 11, NeighborSearch::exact);
    const auto outcome =
        neighbors::search_by_cells({points, *scales}, GetParam(), effort, lists, Progress::none());
    ASSERT_OK(outcome);
    ASSERT_EQ(*outcome, neighbors::ApproximateOutcome::done);
    const double now = recall(lists, truth);
    EXPECT_GT(now, before);
    before = now;
  }
  EXPECT_GT(before, 0.9);
}

TEST_P(Approximate, FindsNearlyAllNeighbors) {
  for (const std::size_t d : {std::size_t{5}, std::size_t{133}}) {
    const MatrixF points = cone_points(2200, d, 3);
    for (const int k : d == 5 ? std::vector<int>{1, 2, 70} : std::vector<int>{15}) {
      const NeighborLists lists = search(points, k);
      EXPECT_GE(recall(lists, search(points, k, NeighborSearch::exact)), 0.98) << d << " " << k;
      for (std::size_t i = 0; i < points.rows(); ++i) {
        ASSERT_EQ(lists.indices(i, 0), static_cast<std::int32_t>(i));
        ASSERT_EQ(lists.distances(i, 0), 0.0F);
        for (std::size_t j = 2; j < lists.indices.cols(); ++j) {
          ASSERT_TRUE(lists.distances(i, j - 1) < lists.distances(i, j) ||
                      (lists.distances(i, j - 1) == lists.distances(i, j) &&
                       lists.indices(i, j - 1) < lists.indices(i, j)));
        }
      }
    }
  }
}

TEST_P(Approximate, IsTheSameAtAnyThreadCountAndInstructionSet) {
  const MatrixF points = cone_points(2300, 45, 5);
  const NeighborLists expected = search(points, 9);
  for (const int threads : {1, 2, 3, 4}) {
    set_thread_count(threads);
    const auto set = threads == 1   ? InstructionSet::scalar
                     : threads == 2 ? InstructionSet::avx2
                                    : InstructionSet::avx512;
    limit_instruction_set(set);
    expect_same_lists(search(points, 9), expected);
  }
}

TEST_P(Approximate, FewPointsAreSearchedExactly) {
  for (const std::size_t n : {std::size_t{1}, std::size_t{2}, std::size_t{500}}) {
    const MatrixF points = cone_points(n, 12, 5);
    expect_same_lists(search(points, 6), search(points, 6, NeighborSearch::exact));
  }
}

TEST_P(Approximate, ManyDuplicatesAndZeroVectors) {
  MatrixF points = cone_points(3000, 20, 5);
  for (std::size_t i = 1900; i < 2400; ++i) std::memcpy(points.row(i), points.row(1), 20 * sizeof(float));
  for (std::size_t i = 2400; i < 2410; ++i) std::memset(points.row(i), 0, 20 * sizeof(float));
  const NeighborLists lists = search(points, 8);
  EXPECT_GE(recall(lists, search(points, 8, NeighborSearch::exact)), 0.98);
  for (std::size_t j = 0; j < 8; ++j) {
    EXPECT_EQ(lists.distances(2000, j), 0.0F);
    EXPECT_EQ(lists.distances(2405, j), 0.0F);
  }
}

TEST_P(Approximate, SearchesHaveNames) {
  for (const auto search :
       {NeighborSearch::automatic, NeighborSearch::exact, NeighborSearch::approximate}) {
    const auto parsed = parse_neighbor_search(neighbor_search_name(search));
    ASSERT_OK(parsed);
    EXPECT_EQ(*parsed, search);
  }
  EXPECT_FALSE(parse_neighbor_search("fast").is_ok());
  EXPECT_EQ(resolved_search({15, GetParam()}, 300'000), NeighborSearch::exact);
  EXPECT_EQ(resolved_search({15, GetParam()}, 300'001), NeighborSearch::approximate);
}

INSTANTIATE_TEST_SUITE_P(Metrics, Approximate, ::testing::Values(Metric::euclidean, Metric::cosine),
                         [](const auto& metric) { return std::string(metric_name(metric.param)); });

class Cancelled : public Progress {
 public:
  bool cancelled() override { return true; }
};

TEST_P(Index, CanBeCancelled) {
  const MatrixF points = cone_points(2200, 30, 5);
  Cancelled cancelled;
  EXPECT_EQ(
      build_neighbor_index(SharedMatrix<float>::borrow(points), GetParam(), {}, cancelled).status().code(),
      ErrorCode::cancelled);
  EXPECT_EQ(
      nearest_neighbors(points, {3, GetParam(), NeighborSearch::approximate}, cancelled).status().code(),
      ErrorCode::cancelled);
  EXPECT_EQ(query_neighbors(build(points), points, {3, GetParam()}, cancelled).status().code(),
            ErrorCode::cancelled);
}

INSTANTIATE_TEST_SUITE_P(Metrics, Index, ::testing::Values(Metric::euclidean, Metric::cosine),
                         [](const auto& metric) { return std::string(metric_name(metric.param)); });

TEST(PartitionKernels, TilesFindWhatScansFind) {
  const CounterRandom random(1, "codes");
  constexpr std::size_t kPanels = 3;
  constexpr std::size_t kPairs = 9;
  std::vector<std::int8_t> codes(kPanels * kPairs * 2 * neighbors::kCodeRows);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::int8_t>(static_cast<int>(random.below(255, i)) - 127);
  }
  std::vector<std::int32_t> queries(kPairs * neighbors::kTileQueries);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto draw = [&](std::uint64_t d) { return random.below(255, i, d) - 127U; };
    queries[i] = static_cast<std::int32_t>((draw(1) & 0xFFFFU) | (draw(2) << 16));
  }
  const MatrixF scales = normal_points(kPanels, neighbors::kCodeRows, 3, 1e-2F);
  const MatrixF half_norms = normal_points(kPanels, neighbors::kCodeRows, 4, 1.0F, 2.0F);
  const std::vector<float> query_scales(neighbors::kTileQueries, 5e-3F);
  const std::vector<float> limits(neighbors::kTileQueries, 2.0F);
  const neighbors::CodeTile tile{codes.data(),   scales.data(),       half_norms.data(), kPanels, kPairs,
                                 queries.data(), query_scales.data(), limits.data(),     5};
  const auto sorted_hits = [&](neighbors::CodeTileFunction function) {
    std::vector<neighbors::CodeTileHit> hits(kPanels * neighbors::kCodeRows * neighbors::kTileQueries);
    hits.resize(function(tile, hits.data()));
    std::stable_sort(hits.begin(), hits.end(),
                     [](const auto& a, const auto& b) { return a.query < b.query; });
    return hits;
  };
  const auto expected = sorted_hits(neighbors::code_tile_scalar);
  EXPECT_GT(expected.size(), 20U);
  for (const auto set : {InstructionSet::avx2, InstructionSet::avx512}) {
    limit_instruction_set(set);
    const auto found = sorted_hits(neighbors::code_tile_kernel());
    ASSERT_EQ(found.size(), expected.size());
    EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(found[0])), 0);
  }
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) {
    const auto found = sorted_hits(neighbors::code_tile_avx512);
    ASSERT_EQ(found.size(), expected.size());
    EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(found[0])), 0);
  }
#endif
}

TEST(PartitionKernels, ProductsHaveTheSameBitsEverywhere) {
  for (const std::size_t depth : {1U, 7U, 130U}) {
    for (const std::size_t rows : {1U, 4U, 11U}) {
      for (const std::size_t panels : {1U, 4U, 6U}) {
        const MatrixF left = normal_points(rows, depth, 1);
        const MatrixF right = normal_points(panels, depth * neighbors::kPanelColumns, 2);
        const std::size_t columns = panels * neighbors::kPanelColumns;
        const neighbors::DotInput input{left.data(), depth, rows, right.data(), panels, depth};
        MatrixF expected(rows, columns);
        neighbors::dot_scalar(input, expected.data(), columns);
        MatrixF chosen(rows, columns);
        neighbors::dot_kernel()(input, chosen.data(), columns);
        EXPECT_EQ(std::memcmp(chosen.data(), expected.data(), expected.size() * 4), 0);
      }
    }
  }
}

TEST(PartitionKernels, ScansFindTheSameRowsEverywhere) {
  const CounterRandom random(1, "codes");
  for (const std::size_t pairs : {1U, 8U, 33U}) {
    constexpr std::size_t kPanels = 5;
    std::vector<std::int8_t> codes(kPanels * pairs * 2 * neighbors::kCodeRows);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      codes[i] = static_cast<std::int8_t>(static_cast<int>(random.below(255, i)) - 127);
    }
    std::vector<std::int32_t> query(pairs);
    for (std::size_t i = 0; i < pairs; ++i) {
      const auto draw = [&](std::uint64_t d) { return random.below(4095, i, d) - 2047U; };
      query[i] = static_cast<std::int32_t>((draw(1) & 0xFFFFU) | (draw(2) << 16));
    }
    const MatrixF scales = normal_points(kPanels, neighbors::kCodeRows, 3, 1e-3F);
    MatrixF half_norms = normal_points(kPanels, neighbors::kCodeRows, 4, 1.0F, 2.0F);
    half_norms(4, 15) = std::numeric_limits<float>::infinity();
    const neighbors::CodeScan scan{
        codes.data(), scales.data(), half_norms.data(), kPanels, pairs, query.data(), 2e-4F, 2.0F};
    std::vector<neighbors::CodeHit> expected(kPanels * neighbors::kCodeRows);
    auto chosen = expected;
    const std::size_t count = neighbors::code_scan_scalar(scan, expected.data());
    EXPECT_GT(count, 5U);
    EXPECT_LT(count, 75U);
    for (const auto set : {InstructionSet::avx2, InstructionSet::avx512}) {
      limit_instruction_set(set);
      ASSERT_EQ(neighbors::code_scan_kernel()(scan, chosen.data()), count);
      EXPECT_EQ(std::memcmp(chosen.data(), expected.data(), count * sizeof(neighbors::CodeHit)), 0);
    }
  }
}

}  // namespace
}  // namespace clipcluster
