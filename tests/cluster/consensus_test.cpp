#include "clipcluster/consensus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "clipcluster/evaluation.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "cluster/consensus/average_linkage.h"
#include "cluster/consensus/co_association.h"
#include "cluster/consensus/cut.h"
#include "support/support.h"

namespace clipcluster {
namespace {

// Points in `groups` equal groups; each clustering puts a point into a wrong group, or into none, with
// probability `wrong`.
ClusteringTable noisy_groups(std::size_t n, std::size_t groups, std::size_t clusterings, double wrong,
                             std::uint64_t seed = 1) {
  ClusteringTable table;
  table.labels = Matrix<std::uint16_t>(n, clusterings);
  const CounterRandom random(seed, "consensus test");
  for (std::size_t r = 0; r < clusterings; ++r) {
    for (std::size_t i = 0; i < n; ++i) {
      std::size_t group = i * groups / n + 1;
      if (random.uniform(i, 2 * r) < wrong)
        group = random.below(static_cast<std::uint32_t>(groups) + 1, i, 2 * r + 1);
      table.labels(i, r) = static_cast<std::uint16_t>(group);
    }
  }
  return table;
}

std::vector<std::int32_t> true_groups(std::size_t n, std::size_t groups) {
  std::vector<std::int32_t> labels(n);
  for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<std::int32_t>(i * groups / n);
  return labels;
}

std::uint32_t together(const ClusteringTable& table, std::size_t i, std::size_t j) {
  std::uint32_t count = 0;
  for (std::size_t r = 0; r < table.labels.cols(); ++r)
    count += table.labels(i, r) != 0 && table.labels(i, r) == table.labels(j, r) ? 1U : 0U;
  return count;
}

// By definition: joins the two groups of the greatest mean until one is left.
std::vector<double> naive_heights(const ClusteringTable& table) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < table.points(); ++i) groups.push_back({i});
  std::vector<double> heights;
  while (groups.size() > 1) {
    double best = -1.0;
    std::size_t a = 0;
    std::size_t b = 0;
    for (std::size_t p = 0; p < groups.size(); ++p) {
      for (std::size_t q = p + 1; q < groups.size(); ++q) {
        double sum = 0.0;
        for (const std::size_t i : groups[p]) {
          for (const std::size_t j : groups[q]) sum += together(table, i, j);
        }
        const double mean = sum / static_cast<double>(groups[p].size() * groups[q].size());
        if (mean > best) {
          best = mean;
          a = p;
          b = q;
        }
      }
    }
    heights.push_back(1.0 - best / static_cast<double>(table.labels.cols()));
    groups[a].insert(groups[a].end(), groups[b].begin(), groups[b].end());
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(b));
  }
  return heights;
}

TEST(CoAssociation, CountsClusteringsThatShareACluster) {
  const ClusteringTable table = noisy_groups(37, 3, 21, 0.4);
  const Result<Matrix<std::uint32_t>> counts = consensus::co_association(table.labels, Progress::none());
  ASSERT_OK(counts);
  for (std::size_t i = 0; i < table.points(); ++i) {
    for (std::size_t j = 0; j < table.points(); ++j)
      EXPECT_EQ((*counts)(i, j), i == j ? 0U : together(table, i, j)) << i << ' ' << j;
  }
}

TEST(AverageLinkage, IsTheOneOfTheDefinition) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    // An odd number of clusterings and a real disorder: few ties, which the two may break differently.
    const ClusteringTable table = noisy_groups(40, 4, 101, 0.5, seed);
    Result<Matrix<std::uint32_t>> counts = consensus::co_association(table.labels, Progress::none());
    ASSERT_OK(counts);
    const Result<std::vector<LinkageRow>> rows =
        consensus::average_linkage(std::move(counts).value(), table.labels.cols(), Progress::none());
    ASSERT_OK(rows);
    std::vector<double> expected = naive_heights(table);
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(rows->size(), expected.size());
    EXPECT_EQ(rows->back().size, 40);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR((*rows)[i].distance, expected[i], 0.02) << seed << ' ' << i;
      if (i > 0) {
        EXPECT_LE((*rows)[i - 1].distance, (*rows)[i].distance);
      }
    }
  }
}

TEST(AverageLinkage, OfOnePointIsEmptyAndOfTheSamePointsHasNoZero) {
  ClusteringTable table = noisy_groups(1, 1, 3, 0.0);
  Result<Matrix<std::uint32_t>> one = consensus::co_association(table.labels, Progress::none());
  const auto none = consensus::average_linkage(std::move(one).value(), 3, Progress::none());
  ASSERT_OK(none);
  EXPECT_TRUE(none->empty());
  table = noisy_groups(6, 1, 3, 0.0);
  Result<Matrix<std::uint32_t>> same = consensus::co_association(table.labels, Progress::none());
  const auto rows = consensus::average_linkage(std::move(same).value(), 3, Progress::none());
  ASSERT_OK(rows);
  for (const LinkageRow& row : *rows) EXPECT_GT(row.distance, 0.0);
}

// Ten points in two groups, joined inside at once and with each other at `share`.
std::vector<LinkageRow> two_groups_joined_at(double share) {
  std::vector<LinkageRow> tree;
  for (const std::int64_t first : {0, 5}) {
    std::int64_t group = first;
    for (std::int64_t point = first + 1; point < first + 5; ++point) {
      tree.push_back({group, point, 0.1, point - first + 1});
      group = 9 + static_cast<std::int64_t>(tree.size());
    }
  }
  tree.push_back({13, 17, 1.0 - share, 10});
  return tree;
}

// Every point with the four that follow it in its group, which begin again after the last.
MatrixI neighbors_in_groups(std::size_t n, std::size_t groups) {
  const std::vector<std::int32_t> group = true_groups(n, groups);
  MatrixI neighbors(n, std::min<std::size_t>(5, n));
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t next = i;
    for (std::size_t j = 0; j < neighbors.cols(); ++j) {
      neighbors(i, j) = static_cast<std::int32_t>(next);
      do next = (next + 1) % n;
      while (group[next] != group[i]);
    }
  }
  return neighbors;
}

Result<Consensus> combined(const ClusteringTable& table, std::size_t groups,
                           const ConsensusOptions& options = {}) {
  return combine_clusterings(table, neighbors_in_groups(table.points(), groups), options);
}

TEST(Cut, KeepsNeighboursTogetherAwayFromWhereManyPointsAreJoined) {
  const MatrixI apart = neighbors_in_groups(10, 2);
  // Above the join are two groups with all their neighbours, below it is one with everything.
  EXPECT_GT(consensus::choose_cut(two_groups_joined_at(0.4), 2, apart, {0.3, 0.7}), 0.45);
  EXPECT_GT(consensus::choose_cut(two_groups_joined_at(0.6), 2, apart, {0.3, 0.8}), 0.65);
  // Just above the join, whether they are two is chance.
  MatrixI partly = neighbors_in_groups(10, 2);
  for (std::size_t i = 0; i < 10; ++i) partly(i, 4) = static_cast<std::int32_t>((i + 5) % 10);
  EXPECT_GT(consensus::choose_cut(two_groups_joined_at(0.6), 2, partly, {0.3, 0.7}), 0.65);
  EXPECT_EQ(consensus::choose_cut(two_groups_joined_at(0.69), 2, partly, {0.3, 0.7}), 0.3);
  // Groups that are too small are none, so only what joins them counts.
  EXPECT_LT(consensus::choose_cut(two_groups_joined_at(0.5), 6, apart, {0.3, 0.7}), 0.5);
  EXPECT_EQ(consensus::choose_cut(two_groups_joined_at(0.4), 2, apart, {0.5, 0.5}), 0.5);
  EXPECT_EQ(consensus::choose_cut({}, 2, neighbors_in_groups(1, 1), {0.3, 0.7}), 0.3);
}

TEST(Cut, JoinsGroupsThatAreNeighboursAsMuchAsTheirOwn) {
  MatrixI mixed(10, 5);
  for (std::int32_t i = 0; i < 10; ++i) {
    for (std::int32_t j = 0; j < 5; ++j)
      mixed(static_cast<std::size_t>(i), static_cast<std::size_t>(j)) = (i + j) % 10;
  }
  EXPECT_EQ(consensus::choose_cut(two_groups_joined_at(0.6), 2, mixed, {0.3, 0.7}), 0.3);
}

TEST(Consensus, FindsWhatNoisyClusteringsHaveInCommon) {
  const ClusteringTable table = noisy_groups(300, 5, 60, 0.3);
  const Result<Consensus> consensus = combined(table, 5);
  ASSERT_OK(consensus);
  ASSERT_EQ(consensus->clusters(), 5U);
  EXPECT_EQ(evaluate_clustering(consensus->labels, true_groups(300, 5))->with_noise.adjusted_rand_index,
            1.0);
  for (std::size_t i = 0; i < 300; ++i) {
    EXPECT_EQ(consensus->nearest_clusters(i, 0), consensus->labels[i]);
    EXPECT_GT(consensus->probabilities[i], 0.0);
    EXPECT_LE(consensus->probabilities[i], 1.0);
    for (std::size_t j = 1; j < 5; ++j)
      EXPECT_GE(consensus->nearest_shares(i, j - 1), consensus->nearest_shares(i, j));
  }
}

TEST(Consensus, StabilityTellsSolidClustersFromShakyOnes) {
  // Two solid groups; a third that falls apart differently each time.
  ClusteringTable table = noisy_groups(90, 3, 40, 0.0);
  const CounterRandom random(5, "shaky");
  for (std::size_t r = 0; r < 40; ++r) {
    for (std::size_t i = 60; i < 90; ++i)
      table.labels(i, r) = static_cast<std::uint16_t>(3 + random.below(2, i, r));
  }
  const Result<Consensus> consensus = combined(table, 3);
  ASSERT_OK(consensus);
  ASSERT_EQ(consensus->clusters(), 3U);
  EXPECT_EQ(consensus->stability[static_cast<std::size_t>(consensus->labels[0])], 1.0);
  EXPECT_EQ(consensus->stability[static_cast<std::size_t>(consensus->labels[30])], 1.0);
  const double shaky = consensus->stability[static_cast<std::size_t>(consensus->labels[75])];
  EXPECT_LT(shaky, kLeastStability);
  EXPECT_GT(shaky, 0.3);
}

TEST(Consensus, RunsCountOnceHoweverManyClusteringsTheyHave) {
  // In each run one clustering has the groups and one has nothing: every run has a cluster like them.
  ClusteringTable table = noisy_groups(60, 2, 20, 0.0);
  table.clusterings_per_run = 2;
  for (std::size_t r = 1; r < 20; r += 2) {
    for (std::size_t i = 0; i < 60; ++i) table.labels(i, r) = 0;
  }
  const Result<Consensus> consensus = combined(table, 2);
  ASSERT_OK(consensus);
  ASSERT_EQ(consensus->clusters(), 2U);
  EXPECT_EQ(consensus->stability, (std::vector<double>{1.0, 1.0}));
}

TEST(Consensus, PointsThatAreMostlyNoiseStayNoise) {
  ClusteringTable table = noisy_groups(100, 2, 30, 0.0);
  for (std::size_t r = 0; r < 30; ++r) table.labels(7, r) = r < 6 ? 1 : 0;
  const Result<Consensus> consensus = combined(table, 2);
  ASSERT_OK(consensus);
  EXPECT_EQ(consensus->labels[7], -1);
  EXPECT_EQ(consensus->probabilities[7], 0.0);
  EXPECT_EQ(consensus->nearest_clusters(7, 0), consensus->labels[8]);
  EXPECT_NEAR(consensus->nearest_shares(7, 0), 0.2F, 1e-6F);
}

TEST(Consensus, OfNothingButNoiseHasNoCluster) {
  ClusteringTable table;
  table.labels = Matrix<std::uint16_t>(12, 4);
  const Result<Consensus> consensus = combined(table, 1);
  ASSERT_OK(consensus);
  EXPECT_EQ(consensus->clusters(), 0U);
  EXPECT_EQ(consensus->labels, std::vector<std::int32_t>(12, -1));
}

TEST(Consensus, OfOnePointHasNoCluster) {
  const Result<Consensus> consensus = combined(noisy_groups(1, 1, 2, 0.0), 1);
  ASSERT_OK(consensus);
  EXPECT_EQ(consensus->labels, std::vector<std::int32_t>{-1});
}

TEST(Consensus, MorePointsThanAreLinkedJoinTheClustersOfASample) {
  const ClusteringTable table = noisy_groups(1000, 4, 40, 0.2);
  ConsensusOptions options;
  options.most_linked_points = 200;
  options.min_cluster_size = 20;
  const Result<Consensus> consensus = combined(table, 4, options);
  ASSERT_OK(consensus);
  ASSERT_EQ(consensus->clusters(), 4U);
  EXPECT_EQ(evaluate_clustering(consensus->labels, true_groups(1000, 4))->with_noise.adjusted_rand_index,
            1.0);
  // The tree holds every point once, and clusters say how many hang below them.
  std::vector<int> seen(1000, 0);
  std::map<std::int32_t, std::int32_t> below;
  for (const CondensedRow& row : consensus->condensed_tree) {
    if (row.child < 1000) ++seen[static_cast<std::size_t>(row.child)];
    below[row.parent] += row.child_size;
  }
  EXPECT_EQ(seen, std::vector<int>(1000, 1));
  for (const CondensedRow& row : consensus->condensed_tree) {
    if (row.child >= 1000) {
      EXPECT_EQ(row.child_size, below[row.child]);
    }
  }
  EXPECT_EQ(below[1000], 1000);
}

TEST(Consensus, SameBytesAtAnyThreadCount) {
  const ClusteringTable table = noisy_groups(700, 6, 30, 0.5);
  std::vector<Consensus> results;
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    Result<Consensus> one = combined(table, 6);
    ASSERT_OK(one);
    results.push_back(std::move(one).value());
  }
  set_thread_count(0);
  for (std::size_t i = 1; i < results.size(); ++i) {
    EXPECT_EQ(results[i].labels, results[0].labels);
    EXPECT_EQ(results[i].probabilities, results[0].probabilities);
    EXPECT_EQ(results[i].stability, results[0].stability);
  }
}

TEST(Consensus, RefusesWhatCannotBeCombined) {
  const ClusteringTable table = noisy_groups(20, 2, 6, 0.0);
  EXPECT_EQ(combine_clusterings(ClusteringTable(), MatrixI(), {}).status().code(),
            ErrorCode::invalid_argument);
  ConsensusOptions options;
  options.min_cluster_size = 1;
  EXPECT_EQ(combined(table, 2, options).status().code(), ErrorCode::invalid_argument);
  options = {};
  options.least_share = 0.0;
  EXPECT_EQ(combined(table, 2, options).status().code(), ErrorCode::invalid_argument);
  options = {};
  options.most_share = 0.2;
  EXPECT_EQ(combined(table, 2, options).status().code(), ErrorCode::invalid_argument);
  options = {};
  options.kept_clusters = 0;
  EXPECT_EQ(combined(table, 2, options).status().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(combine_clusterings(table, neighbors_in_groups(19, 1), {}).status().code(),
            ErrorCode::invalid_argument);
  ClusteringTable odd = noisy_groups(20, 2, 6, 0.0);
  odd.clusterings_per_run = 4;
  EXPECT_EQ(combined(odd, 2).status().code(), ErrorCode::invalid_argument);
}

TEST(PredictConsensus, TakesAfterTheNeighbours) {
  const Result<Consensus> consensus = combined(noisy_groups(100, 2, 30, 0.1), 2);
  ASSERT_OK(consensus);
  const std::int32_t left = consensus->labels[0];
  const std::vector<std::int32_t> near_left = {0, 1, 2, 60};
  const std::vector<float> distances = {0.1F, 0.1F, 0.12F, 0.3F};
  const ConsensusPrediction prediction = predict_consensus(*consensus, near_left, distances);
  EXPECT_EQ(prediction.label, left);
  EXPECT_GT(prediction.probability, 0.5);
  EXPECT_LE(prediction.probability, 1.0);
  EXPECT_NEAR(prediction.confidence, (prediction.nearest[0].second + 6.0 * 0.75) / 7.0, 1e-12);
  ASSERT_EQ(prediction.nearest.size(), 2U);
  EXPECT_GT(prediction.nearest[0].second, prediction.nearest[1].second);

  ClusteringTable lonely = noisy_groups(100, 2, 30, 0.0);
  for (std::size_t r = 0; r < 30; ++r) lonely.labels(3, r) = 0;
  const Result<Consensus> with_noise = combined(lonely, 2);
  ASSERT_OK(with_noise);
  const std::vector<std::int32_t> noise = {3};
  EXPECT_EQ(predict_consensus(*with_noise, noise, std::vector<float>{0.0F}).label, -1);
}

TEST(Confidences, AreTheMeanOfTheClustersShareAndSixTimesTheNeighbours) {
  ClusteringTable table = noisy_groups(40, 2, 10, 0.0);
  table.labels(0, 3) = 0;
  for (std::size_t r = 0; r < 10; ++r) table.labels(5, r) = 0;
  Result<Consensus> consensus = combined(table, 2);
  ASSERT_OK(consensus);
  NeighborLists neighbors{MatrixI(40, 4), MatrixF(40, 4)};
  for (std::size_t i = 0; i < 40; ++i) {
    const std::int32_t self = static_cast<std::int32_t>(i);
    const std::int32_t list[] = {self, i < 20 ? 1 : 21, i < 20 ? 2 : 22, i < 20 ? 30 : 10};
    std::copy(std::begin(list), std::end(list), neighbors.indices.row(i));
  }
  set_confidences(neighbors, 3, *consensus);
  const double share = static_cast<double>(consensus->nearest_shares(0, 0));
  EXPECT_NEAR(consensus->confidences[0], (share + 6.0 * (2.0 / 3.0)) / 7.0, 1e-12);
  EXPECT_EQ(consensus->labels[5], -1);
  EXPECT_EQ(consensus->confidences[5], 0.0);
  EXPECT_LT(consensus->confidences[0], consensus->confidences[8]);
}

// All but the nearest of five neighbours are of the other group: a group of five has no more to ask.
TEST(Confidences, AskNoMoreNeighboursThanAThirdOfTheCluster) {
  ClusteringTable table{Matrix<std::uint16_t>(40, 10), 1};
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t r = 0; r < 10; ++r) table.labels(i, r) = i < 5 ? 1 : 2;
  }
  ConsensusOptions options;
  options.min_cluster_size = 3;
  NeighborLists neighbors{MatrixI(40, 6), MatrixF(40, 6)};
  for (std::size_t i = 0; i < 40; ++i) {
    const std::int32_t self = static_cast<std::int32_t>(i);
    const std::int32_t mate = i < 5 ? (self + 1) % 5 : 5 + (self - 4) % 35;
    const std::int32_t list[] = {self, mate, 10, 11, 12, 13};
    std::copy(std::begin(list), std::end(list), neighbors.indices.row(i));
  }
  Result<Consensus> consensus = combine_clusterings(table, neighbors.indices, options);
  ASSERT_OK(consensus);
  ASSERT_EQ(consensus->clusters(), 2U);
  EXPECT_EQ(consensus->sizes[static_cast<std::size_t>(consensus->labels[0])], 5);
  set_confidences(neighbors, 5, *consensus);
  EXPECT_DOUBLE_EQ(consensus->confidences[0], 1.0);
  const std::vector<float> distances = {0.1F, 0.2F, 0.2F, 0.2F};
  const std::vector<std::int32_t> near = {0, 1, 2, 20};
  EXPECT_EQ(predict_consensus(*consensus, near, distances).label, consensus->labels[0]);
  EXPECT_GT(predict_consensus(*consensus, near, distances).confidence, 6.0 / 7.0);
}

TEST(ConsensusArrays, ComeBackAsTheyWent) {
  const Result<Consensus> consensus = combined(noisy_groups(50, 2, 10, 0.2), 2);
  ASSERT_OK(consensus);
  const NamedArrays arrays = consensus->to_arrays();
  const Result<Consensus> again = Consensus::from_arrays(arrays);
  ASSERT_OK(again);
  EXPECT_EQ(again->labels, consensus->labels);
  EXPECT_EQ(again->stability, consensus->stability);
  EXPECT_EQ(again->least_share, consensus->least_share);
  EXPECT_EQ(again->nearest_clusters(9, 1), consensus->nearest_clusters(9, 1));
}

TEST(ConsensusArrays, ThatDoNotFitTogetherAreRefused) {
  const Result<Consensus> consensus = combined(noisy_groups(50, 2, 10, 0.2), 2);
  ASSERT_OK(consensus);
  NamedArrays arrays = consensus->to_arrays();
  arrays.add("labels", std::vector<std::int32_t>(50, 2));
  EXPECT_EQ(Consensus::from_arrays(arrays).status().code(), ErrorCode::corrupt);
  arrays = consensus->to_arrays();
  arrays.add("probabilities", std::vector<double>(49, 0.0));
  EXPECT_EQ(Consensus::from_arrays(arrays).status().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace clipcluster
