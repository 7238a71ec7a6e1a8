// HdbscanModel and approximate_predict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "clipcluster/hdbscan.h"
#include "clipcluster/parallel.h"
#include "cluster/hdbscan_points.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::blob_points;
using ::testing::Each;
using testing::grid_points;
using ::testing::HasSubstr;

HdbscanOptions with_sizes(int min_cluster_size, int min_samples) {
  HdbscanOptions options;
  options.min_cluster_size = min_cluster_size;
  options.min_samples = min_samples;
  return options;
}

HdbscanModel fitted(Matrix<double> points, const HdbscanOptions& options) {
  const SharedMatrix<double> shared(std::move(points));
  const auto result = fit_hdbscan(shared, options);
  EXPECT_OK(result);
  return make_hdbscan_model(shared, options, *result);
}

HdbscanPrediction predict(const HdbscanModel& model, MatrixView<const double> points,
                          PredictionRule rule = PredictionRule::consistent) {
  auto prediction = approximate_predict(model, points, rule);
  EXPECT_OK(prediction);
  return std::move(prediction).value();
}

std::vector<HdbscanOptions> many_options() {
  std::vector<HdbscanOptions> all;
  for (const auto method : {ClusterSelectionMethod::excess_of_mass, ClusterSelectionMethod::leaf}) {
    for (const double epsilon : {0.0, 0.8}) {
      for (const bool single : {false, true}) {
        HdbscanOptions options = with_sizes(9, 4);
        options.cluster_selection_method = method;
        options.cluster_selection_epsilon = epsilon;
        options.allow_single_cluster = single;
        all.push_back(options);
      }
    }
  }
  all.push_back(with_sizes(500, 4));
  all.push_back(with_sizes(5, 1));
  all.back().max_cluster_size = 40;
  return all;
}

TEST(HdbscanPrediction, TrainingPointsGetTheirOwnLabelAndProbability) {
  for (const HdbscanOptions& options : many_options()) {
    const HdbscanModel model = fitted(blob_points(400, 3, 11), options);
    const HdbscanPrediction prediction = predict(model, model.points);
    EXPECT_EQ(prediction.labels, model.labels);
    EXPECT_EQ(prediction.probabilities, model.probabilities);
  }
}

TEST(HdbscanPrediction, InventsNoLabels) {
  for (const HdbscanOptions& options : many_options()) {
    const HdbscanModel model = fitted(blob_points(400, 2, 12), options);
    const std::set<std::int32_t> known(model.labels.begin(), model.labels.end());
    for (const auto rule : {PredictionRule::consistent, PredictionRule::compatible}) {
      const HdbscanPrediction prediction = predict(model, blob_points(500, 2, 13), rule);
      for (std::size_t i = 0; i < prediction.labels.size(); ++i) {
        EXPECT_TRUE(prediction.labels[i] == -1 || known.count(prediction.labels[i]) == 1);
        EXPECT_GE(prediction.probabilities[i], 0.0);
        EXPECT_LE(prediction.probabilities[i], 1.0);
        EXPECT_TRUE(prediction.labels[i] != -1 || prediction.probabilities[i] == 0.0);
      }
    }
  }
}

// Where a fit with the new point in it would put it, except where the point itself changes the
// clusters; a point near the middle of a cluster does not.
TEST(HdbscanPrediction, AgreesWithAFitThatHasThePoint) {
  const Matrix<double> points = blob_points(500, 2, 14);
  const HdbscanOptions options = with_sizes(20, 5);
  const HdbscanModel model = fitted(points.clone(), options);
  const Matrix<double> queries = blob_points(60, 2, 15);
  int agree = 0;
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    Matrix<double> with(501, 2);
    std::copy_n(points.data(), points.size(), with.data());
    std::copy_n(queries.row(q), 2, with.row(500));
    const auto refit = fit_hdbscan(with, options);
    ASSERT_OK(refit);
    const HdbscanPrediction prediction = predict(model, queries.view().rows_between(q, q + 1));
    // Labels of the two fits correspond through the points that both have.
    std::map<std::int32_t, std::map<std::int32_t, int>> common;
    for (std::size_t i = 0; i < 500; ++i) ++common[refit->labels[i]][model.labels[i]];
    const auto& candidates = common[refit->labels[500]];
    std::int32_t expected = -1;
    int most = 0;
    for (const auto& [label, count] : candidates) {
      if (count > most) {
        most = count;
        expected = label;
      }
    }
    if (refit->labels[500] == -1) expected = -1;
    agree += prediction.labels[0] == expected ? 1 : 0;
  }
  EXPECT_GE(agree, 57);
}

TEST(HdbscanPrediction, OnePointAloneGetsWhatItGetsInABatch) {
  const HdbscanModel model = fitted(blob_points(1000, 3, 16), with_sizes(15, 6));
  const Matrix<double> queries = blob_points(200, 3, 17);
  for (const auto rule : {PredictionRule::consistent, PredictionRule::compatible}) {
    set_thread_count(1);
    const HdbscanPrediction batch = predict(model, queries, rule);
    set_thread_count(4);
    const HdbscanPrediction parallel = predict(model, queries, rule);
    EXPECT_EQ(batch.labels, parallel.labels);
    EXPECT_EQ(batch.probabilities, parallel.probabilities);
    for (std::size_t q = 0; q < 20; ++q) {
      const HdbscanPrediction alone = predict(model, queries.view().rows_between(q, q + 1), rule);
      EXPECT_EQ(alone.labels[0], batch.labels[q]);
      EXPECT_EQ(alone.probabilities[0], batch.probabilities[q]);
    }
  }
  set_thread_count(0);
}

TEST(HdbscanPrediction, OddPointsAreNoise) {
  Matrix<double> queries(5, 2);
  queries(0, 0) = std::numeric_limits<double>::quiet_NaN();
  queries(1, 1) = std::numeric_limits<double>::infinity();
  queries(2, 0) = 1e308;
  queries(3, 0) = -1e200;
  queries(4, 0) = 1e6;
  const HdbscanModel model = fitted(blob_points(300, 2, 18), with_sizes(10, 4));
  for (const auto rule : {PredictionRule::consistent, PredictionRule::compatible}) {
    EXPECT_THAT(predict(model, queries, rule).labels, Each(-1));
  }
}

TEST(HdbscanPrediction, SmallAndOddTrainingSets) {
  for (const std::size_t n : {1U, 2U, 3U, 20U}) {
    const HdbscanModel model = fitted(blob_points(n, 2, 19), with_sizes(5, 3));
    for (const auto rule : {PredictionRule::consistent, PredictionRule::compatible}) {
      EXPECT_EQ(predict(model, blob_points(7, 2, 20), rule).labels.size(), 7U);
    }
  }
  Matrix<double> nothing(4, 2);
  for (std::size_t i = 0; i < 4; ++i) nothing(i, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(predict(fitted(std::move(nothing), {}), blob_points(3, 2, 1)).labels, Each(-1));
  const HdbscanModel spots = fitted(grid_points(500, 2, 21, 4), with_sizes(10, 4));
  const HdbscanPrediction prediction = predict(spots, spots.points);
  EXPECT_EQ(prediction.labels, spots.labels);
  EXPECT_EQ(prediction.probabilities, spots.probabilities);
}

TEST(HdbscanPrediction, RefusesOtherDimensions) {
  const HdbscanModel model = fitted(blob_points(100, 3, 22), with_sizes(10, 4));
  const auto result = approximate_predict(model, blob_points(5, 2, 1));
  EXPECT_EQ(result.status().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(result.status().message(), HasSubstr("2 columns"));
  EXPECT_TRUE(predict(model, Matrix<double>(0, 3)).labels.empty());
}

TEST(HdbscanModel, ComesBackFromArrays) {
  HdbscanOptions options = with_sizes(12, 5);
  options.cluster_selection_epsilon = 0.1234567890123456789;
  options.cluster_selection_method = ClusterSelectionMethod::leaf;
  options.max_cluster_size = 250;
  options.allow_single_cluster = true;
  const HdbscanModel model = fitted(blob_points(600, 3, 23), options);
  const auto back = HdbscanModel::from_arrays(model.to_arrays());
  ASSERT_OK(back);
  EXPECT_EQ(back->options.cluster_selection_epsilon, options.cluster_selection_epsilon);
  EXPECT_EQ(back->options.min_samples, options.min_samples);
  EXPECT_EQ(back->options.max_cluster_size, 250);
  EXPECT_EQ(back->options.cluster_selection_method, ClusterSelectionMethod::leaf);
  EXPECT_TRUE(back->options.allow_single_cluster);
  EXPECT_EQ(back->cluster_ids, model.cluster_ids);
  const Matrix<double> queries = blob_points(300, 3, 24);
  for (const auto rule : {PredictionRule::consistent, PredictionRule::compatible}) {
    const HdbscanPrediction before = predict(model, queries, rule);
    const HdbscanPrediction after = predict(*back, queries, rule);
    EXPECT_EQ(before.labels, after.labels);
    EXPECT_EQ(before.probabilities, after.probabilities);
    HdbscanModel bare = *back;
    bare.index = nullptr;
    EXPECT_EQ(predict(bare, queries, rule).probabilities, before.probabilities);
  }
}

NamedArrays good_arrays() { return fitted(blob_points(80, 2, 25), with_sizes(8, 3)).to_arrays(); }

void expect_refused(const NamedArrays& arrays, const std::string& part) {
  const auto result = HdbscanModel::from_arrays(arrays);
  ASSERT_FALSE(result.is_ok()) << part;
  EXPECT_THAT(result.status().message(), HasSubstr(part));
}

TEST(HdbscanModel, RefusesArraysThatDoNotFit) {
  expect_refused(NamedArrays("umap", 1), "'umap'");
  expect_refused(NamedArrays("hdbscan", 99), "version 99");
  expect_refused(NamedArrays("hdbscan", 1), "no entry");
  NamedArrays arrays = good_arrays();
  arrays.set_text("min_samples", "many");
  expect_refused(arrays, "'many'");
  arrays = good_arrays();
  arrays.add("labels", std::vector<std::int32_t>(79, 0));
  expect_refused(arrays, "length");
  arrays = good_arrays();
  arrays.add("labels", std::vector<std::int32_t>(80, 1000));
  expect_refused(arrays, "label 1000");
  arrays = good_arrays();
  arrays.add("cluster_ids", std::vector<std::int32_t>{5});
  expect_refused(arrays, "cluster 5");
  arrays = good_arrays();
  arrays.add("tree_order", std::vector<std::int32_t>(80, 0));
  expect_refused(arrays, "tree_order");
}

TEST(HdbscanModel, RefusesATreeThatIsNone) {
  const NamedArrays good = good_arrays();
  const auto parents = good.column<std::int32_t>("tree_parent").value();
  const auto children = good.column<std::int32_t>("tree_child").value();
  for (const std::int32_t bad : {-1, 79, 160, 1 << 30}) {
    auto changed = parents;
    changed[3] = bad;
    NamedArrays arrays = good;
    arrays.add("tree_parent", changed);
    expect_refused(arrays, "not a tree");
  }
  for (const std::int32_t bad : {-1, 80, 160}) {
    auto changed = children;
    changed[0] = bad;
    NamedArrays arrays = good;
    arrays.add("tree_child", changed);
    expect_refused(arrays, "not a tree");
  }
  auto lambdas = good.column<double>("tree_lambda").value();
  lambdas[1] = std::numeric_limits<double>::quiet_NaN();
  NamedArrays arrays = good;
  arrays.add("tree_lambda", lambdas);
  expect_refused(arrays, "not a tree");
}

}  // namespace
}  // namespace clipcluster
