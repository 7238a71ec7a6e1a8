// Against scikit-learn-contrib/hdbscan with exact spanning trees: 7 point sets, 8 sets of options.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "clipcluster/hdbscan.h"
#include "clipcluster/random.h"
#include "cluster/hdbscan/flat_clustering.h"
#include "support/npz.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using testing::NpyArray;

double largest_difference(const std::vector<double>& golden, const std::vector<double>& ours) {
  double largest = golden.size() == ours.size() ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < std::min(golden.size(), ours.size()); ++i) {
    largest = std::max(largest, std::abs(golden[i] - ours[i]));
  }
  return largest;
}

Matrix<double> matrix_of(const NpyArray& array) {
  Matrix<double> matrix(array.rows(), array.cols());
  std::copy(array.values.begin(), array.values.end(), matrix.data());
  return matrix;
}

HdbscanOptions options_of(const nlohmann::json& json) {
  HdbscanOptions options;
  options.min_cluster_size = json.value("min_cluster_size", 5);
  if (json.contains("min_samples")) options.min_samples = json["min_samples"].get<int>();
  options.cluster_selection_epsilon = json.value("cluster_selection_epsilon", 0.0);
  options.max_cluster_size = json.value("max_cluster_size", 0);
  options.allow_single_cluster = json.value("allow_single_cluster", false);
  options.cluster_selection_method =
      parse_cluster_selection_method(json.value("cluster_selection_method", "eom")).value();
  return options;
}

std::vector<LinkageRow> linkage_of(const NpyArray& array) {
  std::vector<LinkageRow> rows;
  for (std::size_t i = 0; i < array.rows(); ++i) {
    const double* row = array.values.data() + 4 * i;
    rows.push_back({static_cast<std::int64_t>(row[0]), static_cast<std::int64_t>(row[1]), row[2],
                    static_cast<std::int64_t>(row[3])});
  }
  return rows;
}

// What does not depend on the order of merges at the same distance: which points are together
// whenever all merges at one distance are done, here as a hash of the set that each merge left.
std::map<std::uint64_t, double> last_merges(const std::vector<LinkageRow>& linkage) {
  const std::size_t n = linkage.size() + 1;
  const CounterRandom random(1, "point hash");
  std::vector<std::uint64_t> hash(2 * n - 1);
  for (std::size_t i = 0; i < n; ++i) hash[i] = random.bits(i);
  std::vector<double> ends(2 * n - 1, HUGE_VAL);
  for (std::size_t i = 0; i < linkage.size(); ++i) {
    const LinkageRow& row = linkage[i];
    hash[n + i] = hash[static_cast<std::size_t>(row.left)] ^ hash[static_cast<std::size_t>(row.right)];
    ends[static_cast<std::size_t>(row.left)] = ends[static_cast<std::size_t>(row.right)] = row.distance;
  }
  std::map<std::uint64_t, double> sets;
  for (std::size_t i = 0; i < linkage.size(); ++i) {
    if (ends[n + i] > linkage[i].distance * (1 + 1e-12)) sets[hash[n + i]] = linkage[i].distance;
  }
  return sets;
}

void expect_same_hierarchy(const std::vector<LinkageRow>& golden, const std::vector<LinkageRow>& ours) {
  const auto expected = last_merges(golden);
  const auto got = last_merges(ours);
  ASSERT_EQ(expected.size(), got.size());
  auto here = got.begin();
  for (const auto& [set, distance] : expected) {
    ASSERT_EQ(set, here->first);
    ASSERT_NEAR(distance, here->second, 1e-9 * distance);
    ++here;
  }
}

void expect_same_condensed_tree(std::map<std::string, NpyArray>& golden, const HdbscanResult& ours) {
  ASSERT_EQ(golden["ct_parent"].values.size(), ours.condensed_tree.size());
  for (std::size_t i = 0; i < ours.condensed_tree.size(); ++i) {
    const CondensedRow& row = ours.condensed_tree[i];
    ASSERT_EQ(row.parent, golden["ct_parent"].values[i]) << "row " << i;
    ASSERT_EQ(row.child, golden["ct_child"].values[i]) << "row " << i;
    ASSERT_EQ(row.child_size, golden["ct_size"].values[i]) << "row " << i;
    ASSERT_NEAR(row.lambda, golden["ct_lambda"].values[i], 1e-9 * row.lambda) << "row " << i;
  }
}

// From points to the single linkage. Equal merge distances are common in mutual reachability (one
// core distance is the weight of many edges), and hdbscan sorts them with an unstable sort, so the
// comparison leaves their order open.
void compare_distances(std::map<std::string, NpyArray>& golden, const HdbscanResult& ours) {
  ASSERT_EQ(golden["mst_weights"].values.size(), ours.spanning_tree.size());
  for (std::size_t i = 0; i < ours.spanning_tree.size(); ++i) {
    const double weight = golden["mst_weights"].values[i];
    ASSERT_NEAR(ours.spanning_tree[i].weight, weight, 1e-9 * weight) << "edge " << i;
  }
  expect_same_hierarchy(linkage_of(golden["linkage"]), ours.single_linkage);
}

// From the reference's own single linkage, where the order of equal merges is given, to everything
// that follows: equal to the last number.
HdbscanResult compare_clustering(std::map<std::string, NpyArray>& golden, const HdbscanOptions& options) {
  HdbscanResult ours;
  ours.single_linkage = linkage_of(golden["linkage"]);
  hdbscan::cluster_from_linkage(options, ours);
  expect_same_condensed_tree(golden, ours);
  EXPECT_EQ(golden["labels"].as_ints(), ours.labels);
  EXPECT_LE(largest_difference(golden["probabilities"].values, ours.probabilities), 1e-6);
  EXPECT_LE(largest_difference(golden["outlier_scores"].values, ours.outlier_scores), 1e-6);
  EXPECT_LE(largest_difference(golden["persistence"].values, ours.persistence), 1e-6);
  return ours;
}

void compare_prediction(std::map<std::string, NpyArray>& golden, const HdbscanModel& model) {
  const Result<HdbscanPrediction> predicted =
      approximate_predict(model, matrix_of(golden["query"]), PredictionRule::compatible);
  ASSERT_OK(predicted);
  EXPECT_EQ(golden["predict_labels"].as_ints(), predicted->labels);
  EXPECT_LE(largest_difference(golden["predict_probabilities"].values, predicted->probabilities), 1e-6);
}

void expect_own_training_labels(const HdbscanModel& model) {
  const Result<HdbscanPrediction> again = approximate_predict(model, model.points);
  ASSERT_OK(again);
  EXPECT_EQ(again->labels, model.labels);
  EXPECT_EQ(again->probabilities, model.probabilities);
}

void compare(std::map<std::string, NpyArray>& golden, const HdbscanOptions& options) {
  const SharedMatrix<double> points(matrix_of(golden["X"]));
  const Result<HdbscanResult> fitted = fit_hdbscan(points, options);
  ASSERT_OK(fitted);
  compare_distances(golden, *fitted);
  expect_own_training_labels(make_hdbscan_model(points, options, *fitted));

  HdbscanResult given_linkage = compare_clustering(golden, options);
  given_linkage.core_distances = fitted->core_distances;
  compare_prediction(golden, make_hdbscan_model(points, options, given_linkage));
}

TEST(HdbscanGolden, AgreesWithTheReferenceImplementation) {
  CLIPCLUSTER_REQUIRE_SHARED();
  const std::string folder = testing::shared_folder() + "/data/golden-hdbscan/";
  const nlohmann::json index = nlohmann::json::parse(testing::read_text_file(folder + "index.json"));
  ASSERT_FALSE(index.empty());
  for (const nlohmann::json& entry : index) {
    SCOPED_TRACE(entry["file"].get<std::string>() + " " + entry["options"].dump());
    auto golden = testing::read_npz(folder + entry["file"].get<std::string>());
    compare(golden, options_of(entry["options"]));
  }
}

}  // namespace
}  // namespace clipcluster
