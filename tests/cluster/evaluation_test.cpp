#include "clipcluster/evaluation.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster {
namespace {

template <class T>
std::vector<T> parse_line(std::istream& in) {
  std::string line;
  std::getline(in, line);
  std::istringstream words(line);
  std::vector<T> values;
  for (T value; words >> value;) values.push_back(value);
  return values;
}

void expect_scores(const ClusteringScores& scores, const double* expected) {
  EXPECT_NEAR(scores.adjusted_rand_index, expected[0], 1e-12);
  EXPECT_NEAR(scores.adjusted_mutual_information, expected[1], 1e-10);
  EXPECT_NEAR(scores.normalized_mutual_information, expected[2], 1e-12);
}

TEST(Evaluation, AgreesWithScikitLearn) {
  std::ifstream in(CLIPCLUSTER_SOURCE_DIR "/tests/cluster/data/evaluation_oracle.txt");
  ASSERT_TRUE(in);
  int cases = 0;
  for (std::string name; std::getline(in, name); ++cases) {
    SCOPED_TRACE(name);
    const auto labels = parse_line<std::int32_t>(in);
    const auto classes = parse_line<std::int32_t>(in);
    const auto expected = parse_line<double>(in);
    ASSERT_EQ(expected.size(), 6U);
    const auto evaluation = evaluate_clustering(labels, classes);
    ASSERT_OK(evaluation);
    expect_scores(evaluation->with_noise, expected.data());
    expect_scores(evaluation->without_noise, expected.data() + 3);
  }
  EXPECT_EQ(cases, 11);
}

TEST(Evaluation, CountsNoiseClustersAndPurity) {
  const std::vector<std::int32_t> labels = {0, 0, 0, 1, 1, -1, -7, -1};
  const std::vector<std::int32_t> classes = {4, 4, 5, 5, 5, 4, 4, 6};
  const auto evaluation = evaluate_clustering(labels, classes);
  ASSERT_OK(evaluation);
  EXPECT_EQ(evaluation->clusters, 2);
  EXPECT_EQ(evaluation->classes, 3);
  EXPECT_DOUBLE_EQ(evaluation->noise_share, 3.0 / 8.0);
  EXPECT_EQ(evaluation->with_noise.count, 8U);
  EXPECT_EQ(evaluation->without_noise.count, 5U);
  EXPECT_DOUBLE_EQ(evaluation->with_noise.purity, 6.0 / 8.0);
  EXPECT_DOUBLE_EQ(evaluation->without_noise.purity, 4.0 / 5.0);
}

TEST(Evaluation, EqualPartitionsScoreOneAlsoWhenAllAreSingle) {
  const std::vector<std::int32_t> labels = {3, 1, 2, 0};
  const auto evaluation = evaluate_clustering(labels, labels);
  ASSERT_OK(evaluation);
  EXPECT_EQ(evaluation->with_noise.adjusted_rand_index, 1.0);
  EXPECT_EQ(evaluation->with_noise.adjusted_mutual_information, 1.0);
  EXPECT_EQ(evaluation->with_noise.normalized_mutual_information, 1.0);
}

TEST(Evaluation, OnlyNoiseLeavesNothingToCompare) {
  const std::vector<std::int32_t> labels = {-1, -1};
  const std::vector<std::int32_t> classes = {0, 1};
  const auto evaluation = evaluate_clustering(labels, classes);
  ASSERT_OK(evaluation);
  EXPECT_EQ(evaluation->clusters, 0);
  EXPECT_EQ(evaluation->without_noise.count, 0U);
  EXPECT_EQ(evaluation->without_noise.adjusted_rand_index, 0.0);
  EXPECT_EQ(evaluation->noise_share, 1.0);
}

// Pair counts pass 2^63 here; scores of shuffled labels must be near 0, of equal ones exactly 1.
TEST(Evaluation, AMillionPointsDoNotOverflow) {
  const CounterRandom random(1, "evaluation test");
  std::vector<std::int32_t> labels(1'000'000);
  std::vector<std::int32_t> classes(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    labels[i] = static_cast<std::int32_t>(random.below(50, i, 0));
    classes[i] = static_cast<std::int32_t>(random.below(20, i, 1));
  }
  const auto shuffled = evaluate_clustering(labels, classes);
  ASSERT_OK(shuffled);
  EXPECT_NEAR(shuffled->with_noise.adjusted_rand_index, 0.0, 1e-4);
  EXPECT_NEAR(shuffled->with_noise.adjusted_mutual_information, 0.0, 1e-4);
  const auto equal = evaluate_clustering(labels, labels);
  ASSERT_OK(equal);
  EXPECT_EQ(equal->with_noise.adjusted_rand_index, 1.0);
  EXPECT_NEAR(equal->with_noise.adjusted_mutual_information, 1.0, 1e-9);
  EXPECT_NEAR(equal->with_noise.normalized_mutual_information, 1.0, 1e-12);
}

TEST(Evaluation, RefusesWhatCannotBeCompared) {
  const std::vector<std::int32_t> two = {0, 1};
  const std::vector<std::int32_t> three = {0, 1, 2};
  const auto unequal = evaluate_clustering(two, three);
  ASSERT_FALSE(unequal.is_ok());
  EXPECT_EQ(unequal.status().code(), ErrorCode::invalid_argument);
  EXPECT_NE(unequal.status().message().find("3 classes"), std::string::npos);
  EXPECT_FALSE(evaluate_clustering({}, {}).is_ok());
}

TEST(Reliability, ComparesConfidenceWithTheClassOfMostOfTheCluster) {
  // Cluster 0 is three of class 7 and one of class 8, cluster 1 two of class 9; one point is noise.
  const std::vector<std::int32_t> labels = {0, 0, 0, 0, 1, 1, -1};
  const std::vector<std::int32_t> classes = {7, 7, 7, 8, 9, 9, 7};
  const std::vector<double> confidences = {0.95, 1.0, 0.35, 0.31, 0.95, 0.95, 0.0};
  const Result<Reliability> reliability = measure_reliability(labels, classes, confidences);
  ASSERT_OK(reliability);
  ASSERT_EQ(reliability->bins.size(), 2U);
  EXPECT_EQ(reliability->bins[0].count, 2U);
  EXPECT_NEAR(reliability->bins[0].confidence, 0.33, 1e-12);
  EXPECT_NEAR(reliability->bins[0].accuracy, 0.5, 1e-12);
  EXPECT_EQ(reliability->bins[1].count, 4U);
  EXPECT_NEAR(reliability->bins[1].accuracy, 1.0, 1e-12);
  EXPECT_NEAR(reliability->expected_calibration_error, 2.0 / 6.0 * 0.17 + 4.0 / 6.0 * 0.0375, 1e-12);
}

TEST(Reliability, OfNothingIsEmptyAndNonsenseIsRefused) {
  const Result<Reliability> none = measure_reliability({}, {}, {});
  ASSERT_OK(none);
  EXPECT_TRUE(none->bins.empty());
  EXPECT_EQ(none->expected_calibration_error, 0.0);
  const std::vector<std::int32_t> one = {0};
  const std::vector<double> too_much = {1.5};
  EXPECT_EQ(measure_reliability(one, one, too_much).status().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(measure_reliability(one, one, {}).status().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace clipcluster
