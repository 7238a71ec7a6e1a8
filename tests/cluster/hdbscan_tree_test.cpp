// kd-tree, core distances and spanning tree.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "clipcluster/cpu.h"
#include "clipcluster/parallel.h"
#include "cluster/hdbscan/block_distances.h"
#include "cluster/hdbscan/core_distances.h"
#include "cluster/hdbscan/flat_points.h"
#include "cluster/hdbscan/kd_tree.h"
#include "cluster/hdbscan/nearest_values.h"
#include "cluster/hdbscan/spanning_tree.h"
#include "cluster/hdbscan_points.h"
#include "cluster/hdbscan_prim.h"
#include "cluster/hdbscan_reference.h"
#include "support/support.h"

namespace clipcluster::hdbscan {
namespace {

using testing::blob_points;
using testing::grid_points;

std::vector<std::int32_t> all_rows(std::size_t n) {
  std::vector<std::int32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

KdTree tree_over(const Matrix<double>& points) { return {points, all_rows(points.rows()), 1.0}; }

void expect_same_edges(const std::vector<RankedEdge>& a, const std::vector<RankedEdge>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].a, b[i].a) << "edge " << i;
    ASSERT_EQ(a[i].b, b[i].b) << "edge " << i;
    ASSERT_EQ(a[i].weight, b[i].weight) << "edge " << i;
  }
}

TEST(BlockKernels, EveryInstructionSetGivesTheSameBits) {
#if CLIPCLUSTER_SIMD
  struct Version {
    InstructionSet set;
    BlockDistances distances;
    PointsNearBox near_box;
    PointBoxDistances point_boxes;
    BoxDistances boxes;
  };
  for (const Version& version :
       {Version{InstructionSet::avx2, block_distances_avx2, points_near_box_avx2, point_box_distances_avx2,
                box_distances_avx2},
        Version{InstructionSet::avx512, block_distances_avx512, points_near_box_avx512,
                point_box_distances_avx512, box_distances_avx512}}) {
    if (instruction_set() < version.set) continue;
    for (const std::size_t dims : {1U, 2U, 5U, 13U, 64U}) {
      const Matrix<double> block = blob_points(dims, kBlockSize, dims);
      const Matrix<double> query = blob_points(1, dims, dims + 100);
      const Matrix<double> high = blob_points(1, dims, dims + 100);
      double expected[kBlockSize];
      double got[kBlockSize];
      double limit = 10.0 * static_cast<double>(dims);
      EXPECT_EQ(block_distances_scalar(query.data(), block.data(), dims, limit, expected),
                version.distances(query.data(), block.data(), dims, limit, got));
      for (std::size_t i = 0; i < kBlockSize; ++i) EXPECT_EQ(expected[i], got[i]);
      limit = expected[3];
      const auto within = version.distances(query.data(), block.data(), dims, limit, got);
      EXPECT_EQ(block_distances_scalar(query.data(), block.data(), dims, limit, expected), within);
      EXPECT_EQ(within >> 3 & 1U, 1U);
      EXPECT_EQ(points_near_box_scalar(query.data(), high.data(), block.data(), dims, expected),
                version.near_box(query.data(), high.data(), block.data(), dims, expected));
      point_box_distances_scalar(query.data(), high.data(), block.data(), dims, expected);
      version.point_boxes(query.data(), high.data(), block.data(), dims, got);
      for (std::size_t i = 0; i < kBlockSize; ++i) EXPECT_EQ(expected[i], got[i]);
      box_distances_scalar(query.data(), high.data(), block.data(), dims, expected);
      version.boxes(query.data(), high.data(), block.data(), dims, got);
      for (std::size_t i = 0; i < kBoxesInGroup; ++i) EXPECT_EQ(expected[i], got[i]);
    }
  }
#else
  GTEST_SKIP() << "built without SIMD kernels";
#endif
}

TEST(NearestValues, EveryInstructionSetCollectsTheSame) {
#if CLIPCLUSTER_SIMD
  for (const auto& [set, collect] :
       {std::pair<InstructionSet, CollectNear>{InstructionSet::avx2, collect_near_avx2},
        std::pair<InstructionSet, CollectNear>{InstructionSet::avx512, collect_near_avx512}}) {
    if (instruction_set() < set) continue;
    for (const std::size_t dims : {1U, 3U, 5U, 17U}) {
      const Matrix<double> block = blob_points(dims, kBlockSize, dims);
      const Matrix<double> query = blob_points(1, dims, dims + 100);
      double out[2][kBlockSize];
      double collected[2][kBlockSize];
      block_distances_scalar(query.data(), block.data(), dims, 0.0, out[0]);
      for (const std::uint32_t valid : {0xFFFFU, 0x1U, 0x7FFFU, 0xBEEFU, 0U}) {
        const NearLimits limits{out[0][5], out[0][9]};
        const Collected a =
            collect_near_scalar(query.data(), block.data(), dims, valid, limits, out[0], collected[0]);
        const Collected b = collect(query.data(), block.data(), dims, valid, limits, out[1], collected[1]);
        ASSERT_EQ(a.count, b.count);
        EXPECT_EQ(a.near, b.near);
        for (std::size_t i = 0; i < a.count; ++i) EXPECT_EQ(collected[0][i], collected[1][i]);
        for (std::size_t i = 0; i < kBlockSize; ++i) EXPECT_EQ(out[0][i], out[1][i]);
      }
    }
  }
#else
  GTEST_SKIP() << "built without SIMD kernels";
#endif
}

TEST(NearestValues, KeepsTheSmallestOnEveryInstructionSet) {
  std::vector<PartValues> versions = {part_values_scalar};
#if CLIPCLUSTER_SIMD
  if (instruction_set() >= InstructionSet::avx2) versions.push_back(part_values_avx2);
  if (instruction_set() >= InstructionSet::avx512) versions.push_back(part_values_avx512);
#endif
  const CounterRandom random(3, "keep smallest");
  for (const PartValues part : versions) {
    for (const std::size_t count : {1U, 2U, 24U, 25U, 31U, 100U, 333U, 664U}) {
      for (const std::uint32_t range : {1U, 3U, 50U, 1000000U}) {
        for (const std::size_t k : {std::size_t{1}, (count + 1) / 2, count}) {
          std::vector<double> values(count + kBlockSize);
          for (std::size_t i = 0; i < count; ++i) values[i] = random.below(range, i);
          std::vector<double> expected(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
          std::sort(expected.begin(), expected.end());
          expected.resize(k);
          std::vector<double> scratch(count + 8);
          EXPECT_EQ(keep_smallest(values.data(), count, k, scratch.data(), part), expected.back());
          values.resize(k);
          std::sort(values.begin(), values.end());
          EXPECT_EQ(values, expected) << count << " values below " << range << ", " << k;
        }
      }
    }
  }
}

TEST(KdTree, HoldsEveryPointOnceInsideItsBoxes) {
  for (const std::size_t n : {1U, 15U, 16U, 17U, 33U, 500U}) {
    const Matrix<double> points = blob_points(n, 3, n);
    const KdTree tree = tree_over(points);
    std::vector<std::int32_t> order = tree.order();
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, all_rows(n));
    for (std::size_t node = 0; node < tree.nodes().size(); ++node) {
      const auto end = std::min(n, tree.nodes()[node].block_end * kBlockSize);
      for (std::size_t i = tree.nodes()[node].block_begin * kBlockSize; i < end; ++i) {
        double point[3];
        tree.copy_point(i, point);
        EXPECT_EQ(tree.point_distance(node, point), 0.0);
        EXPECT_LE(tree.nodes()[node].smallest_id, tree.id(i));
        EXPECT_EQ(point[1], points(static_cast<std::size_t>(tree.id(i)), 1));
      }
    }
  }
}

TEST(KdTree, DoesNotDependOnThreads) {
  const Matrix<double> points = grid_points(3000, 3, 1, 9);
  set_thread_count(1);
  const KdTree one = tree_over(points);
  set_thread_count(4);
  const KdTree four = tree_over(points);
  set_thread_count(0);
  EXPECT_EQ(one.order(), four.order());
}

TEST(NearestNeighbors, EqualASort) {
  const Matrix<double> points = grid_points(400, 2, 3, 12);
  const KdTree tree = tree_over(points);
  const Matrix<double> queries = blob_points(50, 2, 9);
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    std::vector<std::pair<double, std::int32_t>> expected;
    for (std::size_t i = 0; i < points.rows(); ++i) {
      const double dx = points(i, 0) - queries(q, 0);
      const double dy = points(i, 1) - queries(q, 1);
      expected.push_back({dx * dx + dy * dy, static_cast<std::int32_t>(i)});
    }
    std::sort(expected.begin(), expected.end());
    const auto found = nearest_neighbors(tree, queries.row(q), 37);
    ASSERT_EQ(found.size(), 37U);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].distance, expected[i].first);
      EXPECT_EQ(tree.id(static_cast<std::size_t>(found[i].position)), expected[i].second);
    }
  }
}

struct TreeCase {
  const char* name;
  Matrix<double> (*points)();
  int min_samples;
};

void PrintTo(const TreeCase& value, std::ostream* out) { *out << value.name; }

class SpanningTree : public ::testing::TestWithParam<TreeCase> {
 protected:
  void TearDown() override { set_thread_count(0); }
};

TEST_P(SpanningTree, BoruvkaPrimAndKruskalAgreeAtAnyThreadCount) {
  const Matrix<double> points = GetParam().points();
  HdbscanOptions options;
  options.min_samples = GetParam().min_samples;
  const testing::HdbscanReference reference = testing::hdbscan_by_definition(points, options);
  std::vector<RankedEdge> first;
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    const KdTree tree = tree_over(points);
    const auto cores = compute_core_distances(tree, GetParam().min_samples, 16, Progress::none());
    ASSERT_OK(cores);
    for (std::size_t i = 0; i < tree.size(); ++i) {
      ASSERT_EQ(std::sqrt(cores->squared[i]),
                reference.core_distances[static_cast<std::size_t>(tree.id(i))]);
    }
    const auto boruvka = boruvka_spanning_tree(tree, nullptr, *cores, Progress::none());
    ASSERT_OK(boruvka);
    const auto prim = testing::prim_spanning_tree(tree, *cores);
    expect_same_edges(*boruvka, prim);
    if (threads == 1) first = *boruvka;
    expect_same_edges(first, *boruvka);
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    ASSERT_EQ(first[i].a, reference.spanning_tree[i].a) << "edge " << i;
    ASSERT_EQ(first[i].b, reference.spanning_tree[i].b) << "edge " << i;
    ASSERT_EQ(std::sqrt(first[i].weight), reference.spanning_tree[i].weight) << "edge " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Points, SpanningTree,
    ::testing::Values(TreeCase{"blobs", [] { return blob_points(300, 2, 1); }, 5},
                      TreeCase{"blobs of one neighbour", [] { return blob_points(250, 3, 2); }, 1},
                      TreeCase{"more neighbours than kept", [] { return blob_points(260, 4, 3); }, 40},
                      TreeCase{"many dimensions", [] { return blob_points(150, 70, 4); }, 6},
                      TreeCase{"line", [] { return blob_points(200, 1, 5); }, 4},
                      TreeCase{"grid", [] { return grid_points(250, 2, 6, 8); }, 3},
                      TreeCase{"coarse grid", [] { return grid_points(250, 2, 7, 3); }, 5},
                      TreeCase{"one spot", [] { return grid_points(120, 3, 8, 1); }, 5},
                      TreeCase{"two points", [] { return blob_points(2, 2, 9); }, 1},
                      TreeCase{"one block and a point", [] { return blob_points(17, 2, 10); }, 16}));

TEST(SpanningTree, LargerSetsAgreeToo) {
  for (const std::uint32_t range : {0U, 20U}) {
    const Matrix<double> points = range == 0 ? blob_points(3000, 3, 21) : grid_points(3000, 3, 22, range);
    const KdTree tree = tree_over(points);
    const auto cores = compute_core_distances(tree, 7, 16, Progress::none());
    ASSERT_OK(cores);
    const auto boruvka = boruvka_spanning_tree(tree, nullptr, *cores, Progress::none());
    const auto prim = testing::prim_spanning_tree(tree, *cores);
    ASSERT_OK(boruvka);
    expect_same_edges(*boruvka, prim);
  }
}

void expect_flat_equals_tree(const Matrix<double>& points, int min_samples) {
  const KdTree tree(points, all_rows(points.rows()), scale_for(points, all_rows(points.rows())));
  const FlatPoints flat(tree);
  const auto expected = compute_core_distances(tree, min_samples, 16, Progress::none());
  const auto cores = compute_core_distances(flat, min_samples, 16, Progress::none());
  ASSERT_OK(expected);
  ASSERT_OK(cores);
  for (std::size_t i = 0; i < tree.size(); ++i) {
    ASSERT_NEAR(cores->squared[i], expected->squared[i], 1e-13 * expected->squared[i]);
    for (std::size_t j = 0; j < cores->neighbors_kept; ++j) {
      const Neighbor& got = cores->neighbors[i * cores->neighbors_kept + j];
      ASSERT_EQ(got.distance, flat.distance(i, static_cast<std::size_t>(got.position)));
      const double distance = expected->neighbors[i * cores->neighbors_kept + j].distance;
      ASSERT_NEAR(got.distance, distance, 1e-13 * distance);
    }
  }
  const auto edges = boruvka_spanning_tree(tree, &flat, *cores, Progress::none());
  const auto expected_edges = boruvka_spanning_tree(tree, nullptr, *expected, Progress::none());
  ASSERT_OK(edges);
  ASSERT_OK(expected_edges);
  ASSERT_EQ(edges->size(), expected_edges->size());
  for (std::size_t i = 0; i < edges->size(); ++i) {
    ASSERT_EQ((*edges)[i].a, (*expected_edges)[i].a) << "edge " << i;
    ASSERT_EQ((*edges)[i].b, (*expected_edges)[i].b) << "edge " << i;
    ASSERT_NEAR((*edges)[i].weight, (*expected_edges)[i].weight, 1e-13 * (*edges)[i].weight);
  }
}

TEST(FlatPoints, EqualTheTreeOnOddShapes) {
  for (const auto& [n, d, k] : {std::array<std::size_t, 3>{2, 1, 1},
                                {33, 3, 5},
                                {200, 61, 6},
                                {700, 9, 20},
                                {257, 130, 1},
                                {150, 8, 149}}) {
    expect_flat_equals_tree(blob_points(n, d, n + d), static_cast<int>(k));
  }
}

TEST(FlatPoints, EqualTheTreeOnTiesDuplicatesAndFarFromTheOrigin) {
  expect_flat_equals_tree(grid_points(300, 4, 1, 3), 5);
  expect_flat_equals_tree(grid_points(200, 70, 2, 1), 5);
  // In float32 alone these would all be one point.
  Matrix<double> far = grid_points(300, 65, 3, 1000);
  for (std::size_t i = 0; i < far.size(); ++i) far.data()[i] = 1e6 + far.data()[i] / 1024.0;
  for (std::size_t j = 0; j < far.cols(); ++j) far(7, j) = -1e6;
  expect_flat_equals_tree(far, 4);
}

TEST(FlatPoints, EveryInstructionSetSeesWhatIsNear) {
  std::vector<std::pair<InstructionSet, FlatKernels>> versions = {
      {InstructionSet::scalar, {near_in_tile_scalar, pair_distance_scalar}}};
#if CLIPCLUSTER_SIMD
  versions.push_back({InstructionSet::avx2, {near_in_tile_avx2, pair_distance_avx2}});
  versions.push_back({InstructionSet::avx512, {near_in_tile_avx512, pair_distance_avx512}});
#endif
  for (const std::size_t dims : {1U, 7U, 8U, 13U, 64U, 100U}) {
    const Matrix<double> points = blob_points(40, dims, dims);
    const FlatPoints flat(tree_over(points));
    for (const auto& [set, kernels] : versions) {
      if (instruction_set() < set) continue;
      EXPECT_EQ(kernels.distance(points.row(1), points.row(2), dims),
                pair_distance_scalar(points.row(2), points.row(1), dims));
      float limits[kTileQueries];
      std::uint32_t near[kTileQueries];
      for (std::size_t q = 0; q < kTileQueries; ++q) limits[q] = not_below(flat.distance(q, 3 * q));
      kernels.near_in_tile(flat.tile(0), flat.tile(0), dims, flat.terms(0), flat.terms(0), limits, near);
      for (std::size_t q = 0; q < kTileQueries; ++q) {
        for (std::size_t p = 0; p < kTileSize; ++p) {
          const double excess = flat.distance(q, p) - flat.distance(q, 3 * q);
          if (excess <= 0.0) {
            EXPECT_TRUE(near[q] >> p & 1U);
          }
          if (excess > 0.01 * static_cast<double>(dims)) {
            EXPECT_FALSE(near[q] >> p & 1U);
          }
        }
      }
      kernels.near_in_tile(flat.tile(0), flat.tile(1), dims, flat.terms(0), flat.terms(1), limits, near);
      for (const std::uint32_t bits : near) EXPECT_EQ(bits >> 8, 0U);
    }
  }
}

// Quadratic work would take minutes here.
TEST(SpanningTree, ManyExactDuplicatesStayCheap) {
  const Matrix<double> points = grid_points(60000, 2, 5, 2);
  const KdTree tree = tree_over(points);
  const auto cores = compute_core_distances(tree, 10, 16, Progress::none());
  ASSERT_OK(cores);
  const auto edges = boruvka_spanning_tree(tree, nullptr, *cores, Progress::none());
  ASSERT_OK(edges);
  EXPECT_EQ(std::count_if(edges->begin(), edges->end(), [](const RankedEdge& e) { return e.weight > 0; }),
            3);
}

}  // namespace
}  // namespace clipcluster::hdbscan
