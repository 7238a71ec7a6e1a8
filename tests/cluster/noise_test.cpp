#include "clipcluster/noise.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "clipcluster/parallel.h"
#include "cluster/hdbscan_points.h"
#include "support/support.h"

namespace clipcluster::testing {
namespace {

using ::testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

HdbscanModel fit(const SharedMatrix<double>& points, int min_cluster_size, int min_samples = 1) {
  HdbscanOptions options;
  options.min_cluster_size = min_cluster_size;
  options.min_samples = min_samples;
  const auto result = fit_hdbscan(points, options);
  EXPECT_OK(result);
  return make_hdbscan_model(points, options, *result);
}

std::vector<std::int32_t> noise_rows(const HdbscanModel& model) {
  std::vector<std::int32_t> rows;
  for (std::size_t i = 0; i < model.labels.size(); ++i) {
    if (model.labels[i] < 0) rows.push_back(static_cast<std::int32_t>(i));
  }
  return rows;
}

double mutual_reachability(const HdbscanModel& model, const double* point, double core, std::size_t row) {
  double squares = 0.0;
  for (std::size_t d = 0; d < model.points.cols(); ++d) {
    const double difference = point[d] - model.points.row(row)[d];
    squares += difference * difference;
  }
  return std::max({std::sqrt(squares), core, model.core_distances[row]});
}

// By looking at every member of every cluster.
std::vector<std::pair<double, std::int32_t>> all_distances(const HdbscanModel& model, const double* point,
                                                           double core) {
  std::vector<std::pair<double, std::int32_t>> nearest;
  for (std::size_t c = 0; c < model.cluster_ids.size(); ++c)
    nearest.emplace_back(kInfinity, static_cast<std::int32_t>(c));
  for (std::size_t row = 0; row < model.labels.size(); ++row) {
    if (model.labels[row] < 0) continue;
    double& least = nearest[static_cast<std::size_t>(model.labels[row])].first;
    least = std::min(least, mutual_reachability(model, point, core, row));
  }
  std::sort(nearest.begin(), nearest.end());
  return nearest;
}

TEST(NearestClusters, AreThoseOfAllPairs) {
  for (const int min_samples : {1, 5}) {
    const HdbscanModel model = fit(blob_points(600, 3, 7, 9), 8, min_samples);
    const std::vector<std::int32_t> rows = noise_rows(model);
    ASSERT_GT(rows.size(), 10U);
    const auto found = nearest_clusters(model, rows);
    ASSERT_OK(found);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(rows[i]);
      const auto expected = all_distances(model, model.points.row(row), model.core_distances[row]);
      for (std::size_t j = 0; j < kNearestClusters; ++j) {
        EXPECT_NEAR((*found)[i].distances[j], expected[j].first, 1e-12);
      }
      EXPECT_GT((*found)[i].gap, 0.0);
    }
  }
}

TEST(NearestClusters, OfAFittedPointAndOfANewOneInItsPlaceAreTheSame) {
  const SharedMatrix<double> points = blob_points(400, 3, 9, 6);
  const HdbscanModel model = fit(points, 8);
  const std::vector<std::int32_t> rows = noise_rows(model);
  Matrix<double> places(rows.size(), 3);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy_n(points.row(static_cast<std::size_t>(rows[i])), 3, places.row(i));
  const auto fitted = nearest_clusters(model, rows);
  ASSERT_OK(fitted);
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    const auto together = nearest_clusters(model, places);
    ASSERT_OK(together);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto alone = nearest_clusters(model, places.view().rows_between(i, i + 1));
      ASSERT_OK(alone);
      for (const NearestClusters& other : {(*together)[i], (*alone)[0]}) {
        EXPECT_EQ(other.labels, (*fitted)[i].labels);
        EXPECT_EQ(other.distances, (*fitted)[i].distances);
        EXPECT_EQ(other.gap, (*fitted)[i].gap);
      }
    }
  }
  set_thread_count(0);
}

TEST(NearestClusters, WithoutClustersOrWithoutAPlaceThereAreNone) {
  const HdbscanModel all_noise = fit(blob_points(30, 2, 3), 25);
  ASSERT_TRUE(all_noise.cluster_ids.empty());
  const auto none = nearest_clusters(all_noise, noise_rows(all_noise));
  ASSERT_OK(none);
  EXPECT_EQ((*none)[0].labels[0], -1);
  EXPECT_EQ((*none)[0].distances[0], kInfinity);
  const HdbscanModel model = fit(blob_points(400, 3, 9, 6), 8);
  Matrix<double> nowhere(1, 3);
  nowhere(0, 1) = std::numeric_limits<double>::quiet_NaN();
  const auto nan = nearest_clusters(model, nowhere);
  ASSERT_OK(nan);
  EXPECT_EQ((*nan)[0].labels[0], -1);
  EXPECT_FALSE(nearest_clusters(model, Matrix<double>(1, 2)).is_ok());
}

// Two rows of points, the arms of a V that is open at its foot, and three single points: between the arms,
// far to the right, and far above.
Matrix<double> two_clusters(double scale) {
  Matrix<double> points(23, 2);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto step = static_cast<double>(i / 2);
    points(i, 0) = (i % 2 == 0 ? -1.0 : 1.0) * (0.5 + 0.45 * step);
    points(i, 1) = 0.4 * step;
  }
  points(20, 0) = 0.05;
  points(20, 1) = 3.6;
  points(21, 0) = 25.0;
  points(22, 0) = 0.05;
  points(22, 1) = 40.0;
  for (std::size_t i = 0; i < points.size(); ++i) points.data()[i] *= scale;
  return points;
}

NoisePoint noise_point(const HdbscanModel& model, std::int32_t row) {
  const auto nearest = nearest_clusters(model, std::vector<std::int32_t>{row});
  EXPECT_OK(nearest);
  return {nearest->front()};
}

TEST(NoiseReason, BetweenTwoClustersOrInAThinRegionAtAnyScale) {
  for (const double scale : {1.0, 1e-6, 1e6}) {
    const HdbscanModel model = fit(two_clusters(scale), 5);
    ASSERT_EQ(model.cluster_ids.size(), 2U);
    ASSERT_EQ(noise_rows(model), (std::vector<std::int32_t>{20, 21, 22}));
    const NoiseRule rule = make_noise_rule(model, {}, {});
    EXPECT_NEAR(rule.reach / scale, std::hypot(0.45, 0.4), 1e-9);
    const NoiseVerdict middle = judge_noise(rule, noise_point(model, 20));
    EXPECT_EQ(middle.reason, NoiseReason::between);
    EXPECT_NEAR(middle.sureness, std::hypot(0.45, 0.4) / std::hypot(1.8, 2.4), 1e-9);
    EXPECT_EQ(judge_noise(rule, noise_point(model, 21)).reason, NoiseReason::thin);
    // As far from both, but not between them.
    EXPECT_EQ(judge_noise(rule, noise_point(model, 22)).reason, NoiseReason::thin);
  }
}

TEST(NoiseReason, UnlikeIsFarByTheMeasureOfAllPointsAndBlankComesFirst) {
  const HdbscanModel model = fit(two_clusters(1.0), 5);
  std::vector<float> distances(23, 0.2F);
  for (std::size_t i = 0; i < 23; ++i) distances[i] += 0.01F * static_cast<float>(i % 5);
  const NoiseRule rule = make_noise_rule(model, {}, distances);
  EXPECT_NEAR(rule.unlike_distance, 0.22 + 2.0 * 1.4826 * 0.01, 1e-6);
  NoisePoint point = noise_point(model, 20);
  point.neighbor_distance = 0.24;
  EXPECT_EQ(judge_noise(rule, point).reason, NoiseReason::between);
  point.neighbor_distance = 0.26;
  EXPECT_EQ(judge_noise(rule, point).reason, NoiseReason::unlike);
  point.blank = true;
  EXPECT_EQ(judge_noise(rule, point).reason, NoiseReason::blank);
}

TEST(NeighborVote, ByHand) {
  const std::vector<std::int32_t> labels = {0, 0, 1, -1, -1};
  const std::vector<double> probabilities = {1.0, 0.5, 1.0, 0.0, 0.0};
  const std::vector<std::int32_t> rows = {0, 1, 2, 3};
  const std::vector<float> distances = {1.0F, 2.0F, 3.0F, 4.0F};  // d - d_1 is 1.5 on average
  double weights[4];
  double total = 0.0;
  for (int i = 0; i < 4; ++i) total += weights[i] = std::exp(-i / 1.5);
  const NeighborVote vote = vote_of_neighbors(labels, probabilities, rows, distances);
  EXPECT_EQ(vote.label, 0);
  EXPECT_NEAR(vote.share, (weights[0] + weights[1]) / total, 1e-12);
  EXPECT_NEAR(vote.probability, (weights[0] + 0.5 * weights[1]) / total, 1e-12);
  const std::vector<std::int32_t> noise = {3, 4};
  const std::vector<float> equal = {1.0F, 1.0F};
  EXPECT_EQ(vote_of_neighbors(labels, probabilities, noise, equal).label, -1);
  EXPECT_EQ(vote_of_neighbors(labels, probabilities, noise, equal).share, 0.0);
  const std::vector<std::int32_t> tie = {2, 0};
  EXPECT_EQ(vote_of_neighbors(labels, probabilities, tie, equal).label, 0);  // the lower number
  EXPECT_EQ(vote_of_neighbors(labels, probabilities, tie, equal).share, 0.5);
}

TEST(NeighborVote, MakesAMemberOfWhatIsNeitherUnlikeNorBlank) {
  const HdbscanModel model = fit(two_clusters(1.0), 5);
  NoiseRule rule = make_noise_rule(model, {}, {});
  rule.unlike_distance = 0.25;
  NoisePoint point = noise_point(model, 20);
  point.vote = {1, 0.6, 0.55};
  EXPECT_EQ(judge_noise(rule, point).tier, Tier::other);  // nobody is asked
  rule.least_neighbor_share = 0.6;
  const NoiseVerdict verdict = judge_noise(rule, point);
  EXPECT_EQ(verdict.tier, Tier::member);
  EXPECT_EQ(verdict.reason, NoiseReason::none);
  EXPECT_EQ(verdict.label, 1);
  EXPECT_EQ(verdict.probability, 0.55);
  point.vote.share = 0.59;
  EXPECT_EQ(judge_noise(rule, point).reason, NoiseReason::between);
  point.vote.share = 0.9;
  point.neighbor_distance = 0.26;
  EXPECT_EQ(judge_noise(rule, point).reason, NoiseReason::unlike);
  point.neighbor_distance = 0.0;
  point.blank = true;
  EXPECT_EQ(judge_noise(rule, point).reason, NoiseReason::blank);
}

TEST(NoisePolicies, AssignWithALowerProbabilityThanAnyMember) {
  const HdbscanModel model = fit(blob_points(600, 3, 7, 9), 8);
  const std::vector<std::int32_t> rows = noise_rows(model);
  const auto nearest = nearest_clusters(model, rows);
  ASSERT_OK(nearest);
  const NoiseRule rule = make_noise_rule(model, {NoisePolicy::nearest}, {});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const NoiseVerdict verdict = judge_noise(rule, {(*nearest)[i]});
    EXPECT_EQ(verdict.tier, Tier::assigned);
    EXPECT_EQ(verdict.label, (*nearest)[i].labels[0]);
    EXPECT_LE(verdict.probability, 0.5);
    EXPECT_GT(verdict.probability, 0.0);
    for (std::size_t row = 0; row < model.labels.size(); ++row) {
      if (model.labels[row] == verdict.label) {
        EXPECT_LE(verdict.probability, model.probabilities[row]);
      }
    }
  }
}

TEST(NoisePolicies, KeepSoftAndTheReluctant) {
  const HdbscanModel model = fit(two_clusters(1.0), 5);
  NoisePoint point = noise_point(model, 20);
  const std::int32_t nearest = point.nearest.labels[0];
  point.soft_label = 1 - nearest;
  EXPECT_EQ(judge_noise(make_noise_rule(model, {}, {}), point).tier, Tier::other);
  EXPECT_EQ(judge_noise(make_noise_rule(model, {NoisePolicy::nearest}, {}), point).label, nearest);
  EXPECT_EQ(judge_noise(make_noise_rule(model, {NoisePolicy::soft}, {}), point).label, 1 - nearest);
  point.blank = true;
  for (const NoisePolicy policy : {NoisePolicy::nearest, NoisePolicy::soft}) {
    EXPECT_EQ(judge_noise(make_noise_rule(model, {policy}, {}), point).tier, Tier::other);
  }
}

// How many of the fit's noise are left in no cluster by a target.
std::size_t left_by(double target, const HdbscanModel& model, std::size_t blanks, NoiseRule& rule) {
  const std::vector<std::int32_t> rows = noise_rows(model);
  const auto nearest = nearest_clusters(model, rows);
  EXPECT_OK(nearest);
  rule = make_noise_rule(model, {NoisePolicy::target, target}, {});
  std::vector<NoiseVerdict> verdicts;
  const auto judge = [&] {
    verdicts.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      NoisePoint point{(*nearest)[i]};
      point.blank = i < blanks;
      verdicts.push_back(judge_noise(rule, point));
    }
  };
  judge();
  settle_target(verdicts, model.labels.size(), rule);
  judge();
  std::size_t left = 0;
  for (const NoiseVerdict& verdict : verdicts) left += verdict.tier == Tier::other ? 1U : 0U;
  return left;
}

TEST(NoisePolicies, ATargetIsReachedFromAboveTheReluctantLast) {
  const HdbscanModel model = fit(blob_points(600, 3, 7, 9), 8);
  const std::size_t noise = noise_rows(model).size();
  ASSERT_GT(noise, 40U);
  NoiseRule rule;
  EXPECT_EQ(left_by(1.0, model, 0, rule), noise);
  EXPECT_EQ(rule.least_sureness, kInfinity);
  EXPECT_EQ(left_by(0.0, model, 0, rule), 0U);
  EXPECT_EQ(left_by(0.0, model, 5, rule), 0U);
  // 30 of 600 may stay; equally sure ones go together.
  const std::size_t left = left_by(0.05, model, 5, rule);
  EXPECT_LE(left, 30U);
  EXPECT_GE(left, 25U);
  EXPECT_EQ(rule.least_sureness_of_unlike, kInfinity);
  // Only 3 may stay, 5 are blank: two of these are needed.
  EXPECT_LE(left_by(0.005, model, 5, rule), 3U);
  EXPECT_EQ(rule.least_sureness, 0.0);
  EXPECT_LT(rule.least_sureness_of_unlike, 1.0);
}

TEST(NoisePolicies, WithoutClustersNothingIsAssigned) {
  const HdbscanModel model = fit(blob_points(30, 2, 3), 25);
  for (const NoisePolicy policy : {NoisePolicy::nearest, NoisePolicy::soft, NoisePolicy::target}) {
    NoiseRule rule = make_noise_rule(model, {policy, 0.0}, {});
    EXPECT_GT(rule.reach, 0.0);
    const NoiseVerdict verdict = judge_noise(rule, noise_point(model, 3));
    settle_target(std::vector<NoiseVerdict>(30, verdict), 30, rule);
    EXPECT_EQ(judge_noise(rule, noise_point(model, 3)).tier, Tier::other);
    EXPECT_EQ(verdict.reason, NoiseReason::thin);
    EXPECT_EQ(verdict.sureness, 0.0);
  }
}

TEST(Tiers, TheDenserHalfOfAClusterIsItsCore) {
  const HdbscanModel model = fit(blob_points(600, 3, 7, 9), 8);
  const NoiseRule rule = make_noise_rule(model, {}, {});
  std::vector<std::size_t> core(model.cluster_ids.size());
  std::vector<std::size_t> all(model.cluster_ids.size());
  for (std::size_t i = 0; i < model.labels.size(); ++i) {
    if (model.labels[i] < 0) continue;
    const auto label = static_cast<std::size_t>(model.labels[i]);
    ++all[label];
    core[label] += tier_of_member(rule, model.labels[i], model.probabilities[i]) == Tier::core ? 1U : 0U;
  }
  for (std::size_t label = 0; label < all.size(); ++label) {
    EXPECT_GE(2 * core[label], all[label]);
    EXPECT_LE(core[label], all[label]);
  }
  EXPECT_EQ(tier_of_member(rule, -1, 0.0), Tier::other);
}

TEST(NoiseGroups, AreSmallAndCoherent) {
  // Two clusters of 20 and three groups of 4, each with a place of its own. The originals of each have a
  // direction of their own, but those of the last group have nothing in common.
  const CounterRandom random(5, "groups");
  const double centres[5][2] = {{0, 0}, {10, 0}, {45, 0}, {-40, 0}, {0, 42}};
  Matrix<double> places(52, 2);
  MatrixF originals(52, 16);
  for (std::size_t i = 0; i < 52; ++i) {
    const std::size_t group = i < 40 ? i / 20 : 2 + (i - 40) / 4;
    for (std::size_t j = 0; j < 2; ++j) places(i, j) = centres[group][j] + 0.3 * random.normal(i, 100 + j);
    for (std::size_t j = 0; j < 16; ++j) {
      const double direction = j == group && group < 4 ? 3.0 : 0.0;
      const double width = group < 2 ? 0.4 : group < 4 ? 0.2 : 1.0;
      originals(i, j) = static_cast<float>(direction + width * random.normal(i, j));
    }
  }
  const HdbscanModel model = fit(std::move(places), 8);
  ASSERT_EQ(model.cluster_ids.size(), 2U);
  const auto groups = find_noise_groups(model, originals, noise_rows(model));
  ASSERT_OK(groups);
  ASSERT_EQ(groups->size(), 2U);
  for (const NoiseGroup& group : *groups) {
    const std::int32_t first = *std::min_element(group.rows.begin(), group.rows.end());
    EXPECT_TRUE(first == 40 || first == 44);
    for (const std::int32_t row : group.rows) EXPECT_LT(row, first + 4);
    EXPECT_GT(group.cohesion, 0.7);
  }
  EXPECT_OK(find_noise_groups(model, originals, std::vector<std::int32_t>{}));
}

TEST(NoiseOptionsText, BothWays) {
  for (const char* text : {"keep", "nearest", "soft", "target=0.05", "target=0", "target=1"}) {
    const auto options = parse_noise_options(text);
    ASSERT_OK(options);
    EXPECT_EQ(noise_options_text(*options), text);
  }
  for (const char* text : {"", "Keep", "target", "target=", "target=5", "target=-0.1", "target=nan",
                           "target=0.1x", "target=0.1 "}) {
    const auto options = parse_noise_options(text);
    ASSERT_FALSE(options.is_ok()) << text;
    EXPECT_THAT(options.status().message(), HasSubstr("'" + std::string(text) + "'"));
    EXPECT_THAT(options.status().message(), HasSubstr("keep, nearest, soft, or target=SHARE"));
  }
  EXPECT_FALSE(check_noise_options({NoisePolicy::target, 1.5}).is_ok());
}

}  // namespace
}  // namespace clipcluster::testing
