// Soft membership, exemplars and relative validity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>

#include "clipcluster/hdbscan.h"
#include "clipcluster/parallel.h"
#include "cluster/hdbscan_points.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::blob_points;
using testing::grid_points;
using ::testing::HasSubstr;

HdbscanModel fitted(const Matrix<double>& points, HdbscanOptions options) {
  const auto result = fit_hdbscan(points, options);
  EXPECT_OK(result);
  return make_hdbscan_model(points.clone(), options, *result);
}

HdbscanOptions with_sizes(int min_cluster_size, int min_samples) {
  HdbscanOptions options;
  options.min_cluster_size = min_cluster_size;
  options.min_samples = min_samples;
  return options;
}

// All rows in one matrix.
MembershipSink into(Matrix<double>& all) {
  return [&all](std::size_t first, MatrixView<const double> block) {
    for (std::size_t i = 0; i < block.rows(); ++i) {
      std::copy_n(block.row(i), block.cols(), all.row(first + i));
    }
    return Status();
  };
}

Matrix<double> memberships(const HdbscanModel& model) {
  Matrix<double> all(model.points.rows(), model.cluster_ids.size());
  EXPECT_OK(membership_vectors(model, into(all)));
  return all;
}

Matrix<double> memberships(const HdbscanModel& model, const Matrix<double>& points) {
  Matrix<double> all(points.rows(), model.cluster_ids.size());
  EXPECT_OK(membership_vectors(model, points, into(all)));
  return all;
}

// Rows sum to the probability, nothing is NaN, and a label has the largest share.
void expect_sound(const Matrix<double>& rows, const std::vector<std::int32_t>& labels,
                  const std::vector<double>& probabilities) {
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    double sum = 0.0;
    for (std::size_t c = 0; c < rows.cols(); ++c) {
      ASSERT_GE(rows(i, c), 0.0) << "row " << i;
      sum += rows(i, c);
    }
    ASSERT_LE(sum, 1.0 + 1e-12) << "row " << i;
    if (labels[i] < 0) continue;
    ASSERT_NEAR(sum, probabilities[i], 1e-12) << "row " << i;
    for (std::size_t c = 0; c < rows.cols(); ++c) {
      if (static_cast<std::int32_t>(c) == labels[i] || probabilities[i] == 0.0) continue;
      ASSERT_LT(rows(i, c), rows(i, static_cast<std::size_t>(labels[i]))) << "row " << i;
    }
  }
}

std::vector<HdbscanOptions> many_options() {
  std::vector<HdbscanOptions> all;
  for (const auto method : {ClusterSelectionMethod::excess_of_mass, ClusterSelectionMethod::leaf}) {
    for (const double epsilon : {0.0, 0.8}) {
      HdbscanOptions options = with_sizes(9, 4);
      options.cluster_selection_method = method;
      options.cluster_selection_epsilon = epsilon;
      options.allow_single_cluster = epsilon == 0.0;
      all.push_back(options);
    }
  }
  all.push_back(with_sizes(5, 1));
  all.back().metric = Metric::cosine;
  return all;
}

TEST(Membership, IsSoundForFittedAndNewPoints) {
  for (const Matrix<double>& points :
       {blob_points(400, 3, 1), blob_points(90, 70, 2), grid_points(300, 2, 3, 4),
        grid_points(300, 2, 3, 12), grid_points(60, 2, 4, 1)}) {
    const Matrix<double> queries = blob_points(80, points.cols(), 9);
    for (const HdbscanOptions& options : many_options()) {
      const HdbscanModel model = fitted(points, options);
      expect_sound(memberships(model), model.labels, model.probabilities);
      const auto predicted = approximate_predict(model, queries);
      ASSERT_OK(predicted);
      expect_sound(memberships(model, queries), predicted->labels, predicted->probabilities);
    }
  }
}

TEST(Membership, NewPointsEqualToFittedOnesHaveTheirRows) {
  const Matrix<double> points = blob_points(300, 2, 5);
  const HdbscanModel model = fitted(points, with_sizes(8, 4));
  const Matrix<double> expected = memberships(model);
  const Matrix<double> got = memberships(model, points);
  ASSERT_GT(expected.cols(), 1U);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(expected.data()[i], got.data()[i]);
}

TEST(Membership, ANearerClusterHasMoreOfANoisePoint) {
  Matrix<double> points(122, 2);
  for (std::size_t i = 0; i < 60; ++i) {
    points(i, 0) = 0.01 * static_cast<double>(i);
    points(60 + i, 0) = 10.0 + 0.01 * static_cast<double>(i);
  }
  points(120, 0) = 4.0;
  points(121, 0) = 7.5;
  points(120, 1) = points(121, 1) = 30.0;
  const HdbscanModel model = fitted(points, with_sizes(10, 3));
  ASSERT_EQ(model.cluster_ids.size(), 2U);
  const Matrix<double> rows = memberships(model);
  const auto left = static_cast<std::size_t>(model.labels[0]);
  EXPECT_EQ(model.labels[120], -1);
  EXPECT_GT(rows(120, left), rows(120, 1 - left));
  EXPECT_LT(rows(121, left), rows(121, 1 - left));
}

TEST(Membership, AnyThreadCountAndAnyBatchGiveTheSameBytes) {
  const Matrix<double> points = blob_points(5000, 3, 7, 9);
  const HdbscanModel model = fitted(points, with_sizes(20, 5));
  set_thread_count(1);
  const Matrix<double> expected = memberships(model);
  for (const int threads : {2, 3, 4}) {
    set_thread_count(threads);
    const Matrix<double> got = memberships(model);
    EXPECT_EQ(0, std::memcmp(expected.data(), got.data(), expected.size() * sizeof(double))) << threads;
  }
  set_thread_count(0);
  const Matrix<double> queries = blob_points(30, 3, 8, 9);
  const Matrix<double> together = memberships(model, queries);
  for (std::size_t i = 0; i < queries.rows(); ++i) {
    const Matrix<double> alone =
        memberships(model, Matrix<double>::copy_of(queries.view().rows_between(i, i + 1)));
    for (std::size_t c = 0; c < alone.cols(); ++c) EXPECT_EQ(alone(0, c), together(i, c));
  }
}

TEST(Membership, TopOnesAreTheLargest) {
  const Matrix<double> points = blob_points(300, 2, 5);
  const HdbscanModel model = fitted(points, with_sizes(8, 4));
  const Matrix<double> all = memberships(model);
  const std::size_t clusters = all.cols();
  for (const int few : {1, 2, 50}) {
    const auto top = top_memberships(model, few);
    ASSERT_OK(top);
    for (std::size_t i = 0; i < points.rows(); ++i) {
      std::vector<double> row(all.row(i), all.row(i) + clusters);
      std::sort(row.rbegin(), row.rend());
      row.resize(static_cast<std::size_t>(few));
      for (std::size_t j = 0; j < row.size(); ++j) {
        EXPECT_EQ(top->values(i, j), row[j]);
        if (row[j] > 0.0) {
          EXPECT_EQ(all(i, static_cast<std::size_t>(top->labels(i, j))), row[j]);
        } else {
          EXPECT_EQ(top->labels(i, j), -1);
        }
      }
      EXPECT_TRUE(model.labels[i] < 0 || top->labels(i, 0) == model.labels[i]);
    }
  }
  EXPECT_THAT(top_memberships(model, 0).status().message(), HasSubstr("at least 1"));
}

TEST(Membership, BoundaryCases) {
  Matrix<double> points = blob_points(60, 2, 1);
  points(7, 1) = std::numeric_limits<double>::quiet_NaN();
  const HdbscanModel model = fitted(points, with_sizes(8, 4));
  const Matrix<double> rows = memberships(model);
  for (std::size_t c = 0; c < rows.cols(); ++c) EXPECT_EQ(rows(7, c), 0.0);
  EXPECT_EQ(memberships(fitted(blob_points(3, 2, 1), {})).cols(), 0U);
  EXPECT_EQ(memberships(model, Matrix<double>(0, 2)).rows(), 0U);
  Matrix<double> unused(4, rows.cols());
  EXPECT_THAT(membership_vectors(model, Matrix<double>(4, 3), into(unused)).message(),
              HasSubstr("3 columns"));
  const auto refuse = [](std::size_t, MatrixView<const double>) { return Status::io("full"); };
  EXPECT_EQ(membership_vectors(model, refuse).code(), ErrorCode::io);
  HdbscanModel bare = fitted(points, with_sizes(8, 4));
  bare.index.reset();
  const Matrix<double> same = memberships(bare);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows.data()[i], same.data()[i]);
}

TEST(Exemplars, AreTheLastToLeaveTheLeaves) {
  const Matrix<double> points = blob_points(500, 2, 3);
  for (const HdbscanOptions& options : many_options()) {
    const HdbscanModel model = fitted(points, options);
    const auto found = exemplars(model);
    ASSERT_EQ(found.size(), model.cluster_ids.size());
    for (std::size_t c = 0; c < found.size(); ++c) {
      EXPECT_FALSE(found[c].empty());
      EXPECT_TRUE(std::is_sorted(found[c].begin(), found[c].end()));
      for (const std::int32_t row : found[c]) {
        const std::int32_t label = model.labels[static_cast<std::size_t>(row)];
        EXPECT_EQ(label, static_cast<std::int32_t>(c));
      }
    }
  }
}

TEST(Exemplars, OfASpotAreItsDuplicates) {
  Matrix<double> points = blob_points(300, 2, 4);
  for (std::size_t i = 100; i < 140; ++i) points(i, 0) = points(i, 1) = 5.0;
  const HdbscanModel model = fitted(points, with_sizes(20, 5));
  std::vector<std::int32_t> spot(40);
  std::iota(spot.begin(), spot.end(), 100);
  EXPECT_EQ(exemplars(model)[static_cast<std::size_t>(model.labels[100])], spot);
}

TEST(RelativeValidity, AgreesWithThePlainComputation) {
  std::ifstream in(CLIPCLUSTER_SOURCE_DIR "/tests/cluster/data/validity_oracle.txt");
  int cases = 0;
  for (std::size_t n = 0; in >> n; ++cases) {
    std::vector<std::int32_t> labels(n);
    std::vector<SpanningEdge> edges(n - 1);
    for (std::int32_t& label : labels) in >> label;
    for (SpanningEdge& edge : edges) in >> edge.a >> edge.b >> edge.weight;
    double expected = 0.0;
    in >> expected;
    EXPECT_NEAR(relative_validity(labels, edges), expected, 1e-12) << "case " << cases;
  }
  EXPECT_EQ(cases, 24);
}

TEST(RelativeValidity, BoundaryCases) {
  EXPECT_EQ(relative_validity({}, {}), 0.0);
  const std::vector<std::int32_t> noise(5, -1);
  EXPECT_EQ(relative_validity(noise, {}), 0.0);
  const std::vector<std::int32_t> labels = {0, 0, 0};
  const std::vector<SpanningEdge> spot = {{0, 1, 0.0}, {1, 2, 0.0}};
  EXPECT_EQ(relative_validity(labels, spot), 0.0);
  const auto fit = fit_hdbscan(blob_points(500, 2, 3), with_sizes(10, 5));
  ASSERT_OK(fit);
  const double validity = relative_validity(fit->labels, fit->spanning_tree);
  EXPECT_TRUE(validity > -1.0 && validity < 1.0) << validity;
}

TEST(TreeOutline, KeepsSelectedClustersAndWhatTheySplitFrom) {
  const Matrix<double> points = blob_points(2000, 2, 3, 12);
  const HdbscanModel model = fitted(points, with_sizes(5, 3));
  ASSERT_GT(model.cluster_ids.size(), 5U);
  for (const std::size_t most : {1U, 8U, 60U, 5000U}) {
    const TreeOutline outline = outline_tree(model.condensed_tree, 2000, model.cluster_ids, most);
    ASSERT_LE(outline.clusters.size(), most);
    std::size_t selected = 0;
    for (std::size_t i = 0; i < outline.clusters.size(); ++i) {
      const TreeOutline::Cluster& cluster = outline.clusters[i];
      selected += cluster.label >= 0 ? 1 : 0;
      ASSERT_EQ(cluster.counts.size(), TreeOutline::kSteps);
      EXPECT_TRUE(std::is_sorted(cluster.counts.rbegin(), cluster.counts.rend()));
      EXPECT_GT(cluster.counts.back(), 0);
      EXPECT_TRUE(cluster.birth > 0.0 && cluster.birth <= cluster.death && std::isfinite(cluster.death));
      if (i == 0) continue;
      ASSERT_LT(cluster.parent, static_cast<std::int32_t>(i));
      const TreeOutline::Cluster& parent = outline.clusters[static_cast<std::size_t>(cluster.parent)];
      EXPECT_GE(cluster.birth, parent.birth);
      EXPECT_LE(cluster.counts[0], parent.counts.back());
    }
    EXPECT_EQ(outline.clusters[0].counts[0], 2000);
    EXPECT_TRUE(most < 5000U || selected == model.cluster_ids.size());
  }
}

TEST(TreeOutline, OfDuplicatesAndOfNothing) {
  const HdbscanModel spots = fitted(grid_points(300, 2, 3, 4), with_sizes(5, 3));
  for (const auto& cluster : outline_tree(spots.condensed_tree, 300, spots.cluster_ids).clusters) {
    EXPECT_TRUE(std::isfinite(cluster.death));
  }
  const HdbscanModel one = fitted(grid_points(60, 2, 4, 1), with_sizes(5, 3));
  EXPECT_TRUE(outline_tree(one.condensed_tree, 60, one.cluster_ids).clusters.empty());
}

}  // namespace
}  // namespace clipcluster
