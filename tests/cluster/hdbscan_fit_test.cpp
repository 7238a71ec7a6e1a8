// fit_hdbscan as a whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "clipcluster/cpu.h"
#include "clipcluster/hdbscan.h"
#include "clipcluster/parallel.h"
#include "cluster/hdbscan_points.h"
#include "cluster/hdbscan_reference.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::blob_points;
using ::testing::Each;
using testing::grid_points;
using ::testing::HasSubstr;
using testing::in_order_of_appearance;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

HdbscanOptions with_sizes(int min_cluster_size, int min_samples) {
  HdbscanOptions options;
  options.min_cluster_size = min_cluster_size;
  options.min_samples = min_samples;
  return options;
}

HdbscanResult fit(MatrixView<const double> points, const HdbscanOptions& options) {
  Result<HdbscanResult> result = fit_hdbscan(points, options);
  EXPECT_OK(result);
  return std::move(result).value();
}

bool same_bytes(const HdbscanResult& a, const HdbscanResult& b) {
  bool same = a.labels == b.labels && a.probabilities == b.probabilities &&
              a.outlier_scores == b.outlier_scores && a.persistence == b.persistence &&
              a.cluster_ids == b.cluster_ids && a.core_distances == b.core_distances &&
              a.spanning_tree.size() == b.spanning_tree.size() &&
              a.condensed_tree.size() == b.condensed_tree.size();
  for (std::size_t i = 0; same && i < a.spanning_tree.size(); ++i) {
    same = a.spanning_tree[i].a == b.spanning_tree[i].a && a.spanning_tree[i].b == b.spanning_tree[i].b &&
           a.spanning_tree[i].weight == b.spanning_tree[i].weight;
  }
  return same;
}

void expect_no_nan(const HdbscanResult& result) {
  for (const auto* values :
       {&result.probabilities, &result.outlier_scores, &result.persistence, &result.core_distances}) {
    for (const double value : *values) EXPECT_FALSE(std::isnan(value));
  }
  for (const double p : result.probabilities) EXPECT_TRUE(p >= 0.0 && p <= 1.0) << p;
  for (const double s : result.outlier_scores) EXPECT_TRUE(s >= 0.0 && s <= 1.0) << s;
}

TEST(Hdbscan, EqualsTheDefinition) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    for (const auto method : {ClusterSelectionMethod::excess_of_mass, ClusterSelectionMethod::leaf}) {
      HdbscanOptions options = with_sizes(5 + static_cast<int>(seed), 1 + static_cast<int>(seed));
      options.cluster_selection_method = method;
      const Matrix<double> points = blob_points(120 + 13 * seed, 1 + seed % 4, seed);
      const auto expected = testing::hdbscan_by_definition(points, options);
      const HdbscanResult got = fit(points, options);
      // Which of several merges at one distance comes first can matter to a point on a border;
      // the definition cuts edges in the same order, so nothing is left open.
      EXPECT_EQ(in_order_of_appearance(got.labels), expected.labels) << "seed " << seed;
      for (std::size_t i = 0; i < points.rows(); ++i) {
        EXPECT_NEAR(got.probabilities[i], expected.probabilities[i], 1e-12);
        EXPECT_NEAR(got.outlier_scores[i], expected.outlier_scores[i], 1e-12);
      }
    }
  }
}

TEST(Hdbscan, GivesTheSameBytesAtAnyThreadCount) {
  const Matrix<double> points = blob_points(3000, 4, 5, 9);
  set_thread_count(1);
  const HdbscanResult one = fit(points, with_sizes(20, 5));
  for (const int threads : {2, 3, 4}) {
    set_thread_count(threads);
    EXPECT_TRUE(same_bytes(one, fit(points, with_sizes(20, 5)))) << threads << " threads";
  }
  set_thread_count(0);
}

TEST(Hdbscan, PermutedRowsGivePermutedResults) {
  const std::size_t n = 700;
  const Matrix<double> points = blob_points(n, 3, 6);
  Matrix<double> permuted(n, 3);
  const auto there = [&](std::size_t i) { return (i * 333 + 17) % n; };
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < 3; ++j) permuted(there(i), j) = points(i, j);
  }
  const HdbscanResult before = fit(points, with_sizes(10, 4));
  const HdbscanResult after = fit(permuted, with_sizes(10, 4));
  EXPECT_GT(before.cluster_ids.size(), 2U);
  EXPECT_EQ(before.cluster_ids, after.cluster_ids);
  for (std::size_t i = 0; i < n; ++i) {
    EXPECT_EQ(before.labels[i], after.labels[there(i)]);
    EXPECT_EQ(before.probabilities[i], after.probabilities[there(i)]);
    EXPECT_EQ(before.outlier_scores[i], after.outlier_scores[there(i)]);
  }
}

// With ties everywhere the order of edges comes from coordinates, so that of rows still does not
// matter. Only which of several exact duplicates is which is open.
TEST(Hdbscan, PermutedRowsGivePermutedResultsOnTiedDataToo) {
  const std::size_t n = 700;
  for (const auto metric : {Metric::euclidean, Metric::cosine}) {
    for (const std::uint32_t range : {4U, 12U, 40U}) {
      const Matrix<double> points = grid_points(n, 2, range, range);
      Matrix<double> permuted(n, 2);
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < 2; ++j) permuted((i * 333 + 17) % n, j) = points(i, j);
      }
      HdbscanOptions options = with_sizes(10, 3);
      options.metric = metric;
      const HdbscanResult before = fit(points, options);
      const HdbscanResult after = fit(permuted, options);
      EXPECT_EQ(before.cluster_ids, after.cluster_ids);
      EXPECT_EQ(before.persistence, after.persistence);
      // For each place what the points there got.
      using Got = std::tuple<std::int32_t, double, double, double>;
      const auto by_place = [n](const Matrix<double>& at, const HdbscanResult& result) {
        std::map<std::pair<double, double>, std::multiset<Got>> places;
        for (std::size_t i = 0; i < n; ++i) {
          places[{at(i, 0), at(i, 1)}].insert({result.labels[i], result.probabilities[i],
                                               result.outlier_scores[i], result.core_distances[i]});
        }
        return places;
      };
      EXPECT_EQ(by_place(points, before), by_place(permuted, after)) << range;
    }
  }
}

TEST(Hdbscan, ScalingByAPowerOfTwoChangesNoLabel) {
  for (const std::uint32_t range : {3U, 30U}) {
    Matrix<double> tied = grid_points(400, 2, 1, range);
    const HdbscanResult plain = fit(tied, with_sizes(10, 4));
    for (std::size_t i = 0; i < tied.size(); ++i) tied.data()[i] *= 0x1p-9;
    EXPECT_EQ(fit(tied, with_sizes(10, 4)).labels, plain.labels);
  }
  const Matrix<double> points = blob_points(500, 3, 7);
  const HdbscanResult expected = fit(points, with_sizes(10, 4));
  for (const int exponent : {-600, -20, 3, 700}) {
    Matrix<double> scaled = points.clone();
    for (std::size_t i = 0; i < scaled.size(); ++i)
      scaled.data()[i] = std::ldexp(scaled.data()[i], exponent);
    const HdbscanResult got = fit(scaled, with_sizes(10, 4));
    EXPECT_EQ(got.labels, expected.labels) << exponent;
    EXPECT_EQ(got.core_distances[3], std::ldexp(expected.core_distances[3], exponent));
  }
}

// 1 - cos is half the squared distance on the unit sphere.
TEST(Hdbscan, CosineHasTheTreeOfTheUnitSphere) {
  for (const std::size_t d : {4U, 90U}) {
    Matrix<double> points = blob_points(500, d, d);
    Matrix<double> unit(points.rows(), d);
    for (std::size_t i = 0; i < points.rows(); ++i) {
      double squares = 0.0;
      for (std::size_t j = 0; j < d; ++j) squares += points(i, j) * points(i, j);
      for (std::size_t j = 0; j < d; ++j) unit(i, j) = points(i, j) / std::sqrt(squares);
      for (std::size_t j = 0; j < d; ++j) points(i, j) *= static_cast<double>(1 + i % 5);
    }
    HdbscanOptions options = with_sizes(10, 4);
    const HdbscanResult expected = fit(unit, options);
    options.metric = Metric::cosine;
    const HdbscanResult got = fit(points, options);
    for (std::size_t i = 0; i < got.spanning_tree.size(); ++i) {
      const double weight = expected.spanning_tree[i].weight;
      ASSERT_EQ(got.spanning_tree[i].a, expected.spanning_tree[i].a) << i;
      ASSERT_EQ(got.spanning_tree[i].b, expected.spanning_tree[i].b) << i;
      ASSERT_NEAR(got.spanning_tree[i].weight, weight * weight / 2.0, 1e-13);
    }
    EXPECT_GT(got.cluster_ids.size(), 1U);
    // Lengths do not matter, to the bit where they are powers of two.
    for (std::size_t i = 0; i < points.size(); ++i) points.data()[i] *= 0x1p500;
    EXPECT_TRUE(same_bytes(got, fit(points, options)));
  }
}

TEST(Hdbscan, CosineOfZeroVectorsAndOfMultiples) {
  Matrix<double> points(40, 3);
  for (std::size_t i = 0; i < 30; ++i) {
    points(i, i % 3) = 0.1 * static_cast<double>(1 + i);  // ten multiples of each of three directions
  }
  HdbscanOptions options = with_sizes(5, 3);
  options.metric = Metric::cosine;
  const HdbscanResult result = fit(points, options);  // the last ten are zero
  EXPECT_EQ(result.cluster_ids.size(), 4U);
  EXPECT_THAT(result.core_distances, Each(0.0));
  EXPECT_THAT(result.probabilities, Each(1.0));
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(result.labels[i], result.labels[i < 30 ? i % 3 : 30]);
  for (const SpanningEdge& edge : result.spanning_tree) {
    EXPECT_TRUE(edge.weight == 0.0 || std::abs(edge.weight - 1.0) < 1e-15) << edge.weight;
  }
  expect_no_nan(result);
}

TEST(Hdbscan, ManyDimensionsGiveTheSameBytesAtAnyThreadCountAndInstructionSet) {
  const Matrix<double> points = blob_points(700, 90, 5, 9);
  const HdbscanResult expected = fit(points, with_sizes(20, 5));
  const InstructionSet best = instruction_set();
  for (const int threads : {1, 2, 3, 4}) {
    set_thread_count(threads);
    EXPECT_TRUE(same_bytes(expected, fit(points, with_sizes(20, 5)))) << threads << " threads";
  }
  set_thread_count(0);
  for (const auto set : {InstructionSet::scalar, InstructionSet::avx2}) {
    limit_instruction_set(set);
    EXPECT_TRUE(same_bytes(expected, fit(points, with_sizes(20, 5)))) << instruction_set_name(set);
  }
  limit_instruction_set(best);
}

TEST(Hdbscan, FewPointsAreNoise) {
  for (const std::size_t n : {1U, 2U, 4U}) {
    for (const bool single : {false, true}) {
      HdbscanOptions options;
      options.allow_single_cluster = single;
      const HdbscanResult result = fit(blob_points(n, 2, 1), options);
      EXPECT_THAT(result.labels, Each(-1));
      EXPECT_THAT(result.probabilities, Each(0.0));
      EXPECT_EQ(result.labels.size(), n);
      EXPECT_EQ(result.condensed_tree.size(), n);
      EXPECT_EQ(result.single_linkage.size(), n - 1);
      EXPECT_TRUE(result.persistence.empty());
      expect_no_nan(result);
    }
  }
}

TEST(Hdbscan, MinSamplesAboveTheNumberOfPointsIsClipped) {
  const Matrix<double> points = blob_points(30, 2, 2);
  EXPECT_TRUE(same_bytes(fit(points, with_sizes(5, 29)), fit(points, with_sizes(5, 1000))));
}

TEST(Hdbscan, RowsWithoutAPlaceAreNoiseAndTakeNoPart) {
  const Matrix<double> points = blob_points(200, 2, 3);
  Matrix<double> holed(203, 2);
  std::vector<std::size_t> kept;
  for (std::size_t i = 0, from = 0; i < 203; ++i) {
    if (i == 0 || i == 77 || i == 202) {
      holed(i, i % 2) = i == 77 ? kNan : i == 0 ? kInfinity : -kInfinity;
      continue;
    }
    kept.push_back(i);
    for (std::size_t j = 0; j < 2; ++j) holed(i, j) = points(from, j);
    ++from;
  }
  const HdbscanResult plain = fit(points, with_sizes(8, 4));
  const HdbscanResult result = fit(holed, with_sizes(8, 4));
  EXPECT_GT(plain.cluster_ids.size(), 1U);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(plain.labels[i], result.labels[kept[i]]);
    EXPECT_EQ(plain.probabilities[i], result.probabilities[kept[i]]);
    EXPECT_EQ(plain.outlier_scores[i], result.outlier_scores[kept[i]]);
  }
  for (const std::size_t i : {0U, 77U, 202U}) {
    EXPECT_EQ(result.labels[i], -1);
    EXPECT_EQ(result.probabilities[i], 0.0);
    EXPECT_EQ(result.core_distances[i], kInfinity);
  }
  EXPECT_EQ(result.spanning_tree.size(), 199U);
  ASSERT_EQ(result.single_linkage.size(), 202U);
  EXPECT_EQ(result.single_linkage.back().distance, kInfinity);
  EXPECT_EQ(result.single_linkage.back().size, 203);
  expect_no_nan(result);
}

TEST(Hdbscan, NothingButRowsWithoutAPlace) {
  Matrix<double> points(3, 1);
  for (std::size_t i = 0; i < 3; ++i) points(i, 0) = kNan;
  const HdbscanResult result = fit(points, {});
  EXPECT_THAT(result.labels, Each(-1));
  EXPECT_EQ(result.single_linkage.size(), 2U);
  points(1, 0) = 4.0;
  EXPECT_THAT(fit(points, {}).labels, Each(-1));
}

TEST(Hdbscan, ASpotOfDuplicatesIsAClusterOfItsOwn) {
  Matrix<double> points = blob_points(300, 2, 4);
  for (std::size_t i = 100; i < 140; ++i) {
    points(i, 0) = 5.0;
    points(i, 1) = 5.0;
  }
  for (const auto method : {ClusterSelectionMethod::excess_of_mass, ClusterSelectionMethod::leaf}) {
    HdbscanOptions options = with_sizes(20, 5);
    options.cluster_selection_method = method;
    const HdbscanResult result = fit(points, options);
    const std::int32_t label = result.labels[100];
    ASSERT_GE(label, 0);
    EXPECT_EQ(result.persistence[static_cast<std::size_t>(label)], 1.0);
    for (std::size_t i = 100; i < 140; ++i) {
      EXPECT_EQ(result.labels[i], label);
      EXPECT_EQ(result.probabilities[i], 1.0);
      EXPECT_EQ(result.outlier_scores[i], 0.0);
    }
    expect_no_nan(result);
  }
}

TEST(Hdbscan, AllPointsInOneSpot) {
  const Matrix<double> points = grid_points(50, 2, 1, 1);
  EXPECT_THAT(fit(points, with_sizes(5, 3)).labels, Each(-1));
  HdbscanOptions options = with_sizes(5, 3);
  options.allow_single_cluster = true;
  const HdbscanResult result = fit(points, options);
  EXPECT_THAT(result.labels, Each(0));
  EXPECT_THAT(result.probabilities, Each(1.0));
  expect_no_nan(result);
}

TEST(Hdbscan, CoarseGridsHaveNoNan) {
  for (const std::uint32_t range : {2U, 4U, 15U}) {
    const Matrix<double> points = grid_points(600, 2, range, range);
    for (const int min_samples : {1, 5, 200}) {
      HdbscanOptions options = with_sizes(5, min_samples);
      options.cluster_selection_epsilon = 1.0;
      expect_no_nan(fit(points, with_sizes(5, min_samples)));
      expect_no_nan(fit(points, options));
    }
  }
}

TEST(Hdbscan, LeafWithoutAnySplitTakesTheRootIfASingleClusterIsAllowed) {
  const Matrix<double> points = blob_points(60, 2, 5, 1);
  HdbscanOptions options = with_sizes(40, 3);
  options.cluster_selection_method = ClusterSelectionMethod::leaf;
  EXPECT_THAT(fit(points, options).labels, Each(-1));
  options.allow_single_cluster = true;
  const HdbscanResult result = fit(points, options);
  ASSERT_EQ(result.cluster_ids, std::vector<std::int32_t>{60});
  EXPECT_THAT(result.labels, ::testing::Contains(0));
}

TEST(Hdbscan, EpsilonMergesAndMaxClusterSizeSplits) {
  const Matrix<double> points = blob_points(400, 2, 6, 8);
  const std::size_t plain = fit(points, with_sizes(8, 4)).cluster_ids.size();
  HdbscanOptions options = with_sizes(8, 4);
  options.cluster_selection_epsilon = 1.5;
  EXPECT_LT(fit(points, options).cluster_ids.size(), plain);
  options = with_sizes(8, 4);
  options.max_cluster_size = 30;
  const HdbscanResult limited = fit(points, options);
  std::vector<int> members(limited.cluster_ids.size());
  for (const std::int32_t label : limited.labels) {
    if (label >= 0) ++members[static_cast<std::size_t>(label)];
  }
  EXPECT_THAT(members, Each(::testing::Le(30)));
}

TEST(Hdbscan, ManyDimensionsWork) {
  const HdbscanResult result = fit(blob_points(200, 100, 8), with_sizes(8, 3));
  EXPECT_GE(result.cluster_ids.size(), 3U);
}

TEST(Hdbscan, RefusesWhatCannotBe) {
  const Matrix<double> points = blob_points(10, 2, 1);
  const auto refusal = [&](auto change) {
    HdbscanOptions options;
    change(options);
    const auto result = fit_hdbscan(points, options);
    EXPECT_EQ(result.status().code(), ErrorCode::invalid_argument);
    return result.status().message();
  };
  EXPECT_THAT(refusal([](auto& o) { o.min_cluster_size = 1; }), HasSubstr("min_cluster_size is 1"));
  EXPECT_THAT(refusal([](auto& o) { o.min_samples = 0; }), HasSubstr("min_samples is 0"));
  EXPECT_THAT(refusal([](auto& o) { o.cluster_selection_epsilon = -1; }), HasSubstr("epsilon is -1"));
  EXPECT_THAT(refusal([](auto& o) { o.cluster_selection_epsilon = kNan; }), HasSubstr("epsilon"));
  EXPECT_THAT(refusal([](auto& o) { o.max_cluster_size = -3; }), HasSubstr("max_cluster_size is -3"));
  EXPECT_EQ(fit_hdbscan(Matrix<double>(0, 2), {}).status().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(fit_hdbscan(Matrix<double>(2, 0), {}).status().code(), ErrorCode::invalid_argument);
}

TEST(Hdbscan, NamesOfSelectionMethods) {
  for (const auto method : {ClusterSelectionMethod::excess_of_mass, ClusterSelectionMethod::leaf}) {
    EXPECT_EQ(parse_cluster_selection_method(cluster_selection_method_name(method)).value(), method);
  }
  EXPECT_THAT(parse_cluster_selection_method("best").status().message(), HasSubstr("'best'"));
}

class CancelAfter : public Progress {
 public:
  explicit CancelAfter(int checks) : left_(checks) {}
  void report(const ProgressEvent& event) override {
    EXPECT_LE(event.done, event.total);
    if (event.done == 0) ++started;
    if (event.done == event.total) ++finished;
  }
  bool cancelled() override { return left_.fetch_sub(1) <= 0; }
  int started = 0;
  int finished = 0;

 private:
  std::atomic<int> left_;
};

TEST(Hdbscan, CanBeCancelledAtAnyPoint) {
  const Matrix<double> points = blob_points(700, 2, 9);
  bool finished = false;
  for (int checks = 0; !finished; ++checks) {
    CancelAfter progress(checks);
    const auto result = fit_hdbscan(points, with_sizes(10, 5), progress);
    finished = result.is_ok();
    if (finished) {
      EXPECT_TRUE(progress.started == 2 && progress.finished == 2);
    } else {
      EXPECT_EQ(result.status().code(), ErrorCode::cancelled);
    }
    ASSERT_LT(checks, 1000);
  }
}

}  // namespace
}  // namespace clipcluster
