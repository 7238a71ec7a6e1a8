// A consensus through a project, and the pieces that make its clusterings.
#include "clipcluster/consensus.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "clipcluster/parallel.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/random.h"
#include "pipeline/consensus_runs.h"
#include "pipeline/sampled_neighbors.h"
#include "support/support.h"

namespace clipcluster::testing {
namespace {

using ::testing::HasSubstr;

// Row i belongs to blob i % 4, of eight columns.
MatrixF blobs(std::size_t rows, double spread = 0.2) {
  const CounterRandom random(1, "consensus blobs");
  MatrixF points(rows, 8);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < 8; ++j)
      points(i, j) = static_cast<float>((j == i % 4 ? 5.0 : 0.0) + spread * random.normal(i, j));
  }
  return points;
}

FitOptions consensus_options(int runs) {
  FitOptions options;
  options.umap.n_epochs = 100;
  options.consensus_runs = runs;
  return options;
}

TEST(SampledNeighbors, AreThoseOfTheSample) {
  const MatrixF points = blobs(120, 1.0);
  std::vector<bool> left_out(120, false);
  for (std::size_t i = 0; i < 120; i += 3) left_out[i] = true;
  const internal::Sample sample = internal::make_sample(left_out);
  EXPECT_EQ(sample.rows.size(), 80U);
  EXPECT_EQ(sample.left_out.size(), 40U);
  const MatrixF sampled = internal::gather_rows(points, sample.rows);
  const NeighborOptions wanted{10, Metric::cosine};
  const auto direct = nearest_neighbors(sampled, wanted);
  ASSERT_OK(direct);
  // With wide lists nothing is searched anew; with narrow ones nearly everything is.
  for (const int wide : {60, 10}) {
    const auto all = nearest_neighbors(points, {wide, Metric::cosine});
    ASSERT_OK(all);
    const auto lists = internal::sampled_neighbors(*all, sample, sampled, wanted);
    ASSERT_OK(lists);
    for (std::size_t i = 0; i < sampled.rows(); ++i) {
      for (std::size_t j = 0; j < 10; ++j) {
        EXPECT_EQ(lists->indices(i, j), direct->indices(i, j)) << wide << ' ' << i << ' ' << j;
        EXPECT_EQ(lists->distances(i, j), direct->distances(i, j));
      }
    }
  }
}

TEST(SampledNeighbors, KeepARowFirstAmongItsExactDuplicates) {
  MatrixF points(30, 3);
  for (std::size_t i = 0; i < 30; ++i) points(i, i / 10) = 1.0F;
  std::vector<bool> left_out(30, false);
  for (const std::size_t i : {1, 2, 3, 4, 11, 12, 13, 14}) left_out[i] = true;
  const internal::Sample sample = internal::make_sample(left_out);
  const MatrixF sampled = internal::gather_rows(points, sample.rows);
  const auto all = nearest_neighbors(points, {4, Metric::cosine});
  ASSERT_OK(all);
  const auto lists = internal::sampled_neighbors(*all, sample, sampled, {4, Metric::cosine});
  ASSERT_OK(lists);
  for (std::size_t i = 0; i < sampled.rows(); ++i) {
    EXPECT_EQ(lists->indices(i, 0), static_cast<std::int32_t>(i));
    for (std::size_t j = 1; j < 4; ++j) EXPECT_NE(lists->indices(i, j), static_cast<std::int32_t>(i));
  }
}

TEST(SampledNeighbors, GiveAPointLeftOutTheLabelOfMost) {
  NeighborLists all{MatrixI(6, 5), MatrixF(6, 5)};
  const std::int32_t list[] = {0, 1, 2, 3, 4};
  std::copy(std::begin(list), std::end(list), all.indices.row(0));
  std::vector<bool> left_out(6, false);
  left_out[0] = true;
  const internal::Sample sample = internal::make_sample(left_out);
  EXPECT_EQ(internal::neighbors_label(all, sample, 0, 4, {2, 1, 1, 2, 0}), 2);  // two each: the nearest's
  EXPECT_EQ(internal::neighbors_label(all, sample, 0, 3, {2, 1, 1, 2, 0}), 1);
  EXPECT_EQ(internal::neighbors_label(all, sample, 0, 4, {-1, -1, -1, 2, 0}), -1);
}

TEST(ConsensusFit, FindsTheBlobsAndSaysHowFirmTheyAre) {
  const TemporaryFolder folder;
  const MatrixF points = blobs(200);
  const auto summary = fit_embeddings(folder.file("p"), points, {}, consensus_options(10));
  ASSERT_OK(summary);
  EXPECT_EQ(summary->clusters, 4U);
  ASSERT_TRUE(summary->consensus);
  EXPECT_EQ(summary->consensus->runs, 10);
  ASSERT_EQ(summary->consensus->stability.size(), 4U);
  for (const double stability : summary->consensus->stability) EXPECT_GT(stability, 0.9);
  EXPECT_GT(summary->consensus->mean_confidence, 0.8);

  const auto info = project_info(folder.file("p"));
  ASSERT_OK(info);
  ASSERT_TRUE(info->consensus);
  EXPECT_EQ(info->consensus->stability, summary->consensus->stability);

  const auto again = fit_embeddings(folder.file("p"), points, {}, consensus_options(10));
  ASSERT_OK(again);
  EXPECT_TRUE(again->fit_reused);
  ASSERT_TRUE(again->consensus);
  EXPECT_EQ(again->consensus->stability, summary->consensus->stability);
  const auto single = fit_embeddings(folder.file("p"), points, {}, consensus_options(0));
  ASSERT_OK(single);
  EXPECT_FALSE(single->fit_reused);
  EXPECT_FALSE(single->consensus);
}

TEST(ConsensusFit, NewPointsAreAssignedAloneAsInABatch) {
  const TemporaryFolder folder;
  const MatrixF points = blobs(160);
  ASSERT_OK(fit_embeddings(folder.file("p"), points, {}, consensus_options(5)));
  const auto assigner = Assigner::open(folder.file("p"));
  ASSERT_OK(assigner);
  MatrixF fresh = blobs(168, 0.25);
  const auto batch = assigner->assign_vectors(fresh);
  ASSERT_OK(batch);
  const auto fitted = assigner->assign_vectors(points);
  ASSERT_OK(fitted);
  for (std::size_t i = 0; i < fresh.rows(); ++i) {
    const auto alone = assigner->assign_vectors(fresh.view().rows_between(i, i + 1));
    ASSERT_OK(alone);
    EXPECT_EQ(alone->front().label, (*batch)[i].label);
    EXPECT_EQ(alone->front().probability, (*batch)[i].probability);
    EXPECT_EQ(alone->front().confidence, (*batch)[i].confidence);
    EXPECT_EQ((*batch)[i].label, (*fitted)[i % 4].label) << "blobs keep their label";
    ASSERT_TRUE((*batch)[i].confidence);
    EXPECT_GT(*(*batch)[i].confidence, 0.5);
    EXPECT_LE(*(*batch)[i].confidence, 1.0);
  }
  const auto input = make_report_input(folder.file("p"));
  ASSERT_OK(input);
  for (const ReportImage& image : input->images) {
    const auto row = static_cast<std::size_t>(std::stoi(image.path.substr(4)));
    EXPECT_TRUE((*fitted)[row].known);
    EXPECT_EQ((*fitted)[row].label, image.label);
    if (image.label >= 0 && image.tier != Tier::assigned) {
      ASSERT_TRUE(image.confidence);
      EXPECT_FLOAT_EQ(*image.confidence, static_cast<float>(*(*fitted)[row].confidence));
    }
  }
  for (const ReportCluster& cluster : input->clusters) {
    ASSERT_TRUE(cluster.stability);
    EXPECT_FALSE(cluster.unstable);
  }
  EXPECT_FALSE(input->tree.empty());
  EXPECT_GT(input->consensus_runs, 1);
}

TEST(ConsensusFit, HeldOutPointsAreAssignedByTheConsensus) {
  const TemporaryFolder folder;
  FitOptions options = consensus_options(5);
  options.test_fraction = 0.2;
  const auto summary = fit_embeddings(folder.file("p"), blobs(200), {}, options);
  ASSERT_OK(summary);
  ASSERT_TRUE(summary->split);
  EXPECT_EQ(summary->split->held_out, 40U);
  EXPECT_GT(summary->split->agreement_held_out, 0.9);
}

TEST(ConsensusFit, IsTheSameAtAnyThreadCount) {
  const SharedMatrix<float> points = blobs(100, 2.0);
  std::vector<std::vector<std::int32_t>> labels;
  std::vector<std::vector<double>> confidences;
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    const auto consensus = internal::fit_consensus(points, consensus_options(5), Progress::none());
    ASSERT_OK(consensus);
    labels.push_back(consensus->labels);
    confidences.push_back(consensus->confidences);
  }
  set_thread_count(0);
  EXPECT_EQ(labels[0], labels[1]);
  EXPECT_EQ(labels[0], labels[2]);
  EXPECT_EQ(confidences[0], confidences[1]);
  EXPECT_EQ(confidences[0], confidences[2]);
}

TEST(ConsensusFit, TakesFewPointsOtherReducersAndDuplicates) {
  const TemporaryFolder folder;
  for (const std::size_t rows : {1, 2, 3, 6, 21}) {
    const auto few =
        fit_embeddings(folder.file("few" + std::to_string(rows)), blobs(rows), {}, consensus_options(2));
    EXPECT_OK(few);
  }
  FitOptions pca = consensus_options(3);
  pca.reducer = Reducer::pca;
  const auto by_pca = fit_embeddings(folder.file("pca"), blobs(120), {}, pca);
  ASSERT_OK(by_pca);
  EXPECT_EQ(by_pca->clusters, 4U);
  MatrixF same(40, 4);
  for (std::size_t i = 0; i < 40; ++i) same(i, 0) = 1.0F;
  EXPECT_OK(fit_embeddings(folder.file("same"), same, {}, consensus_options(2)));
}

TEST(ConsensusFit, RefusesANonsenseNumberOfRuns) {
  const TemporaryFolder folder;
  for (const int runs : {-1, 100000}) {
    const auto refused = fit_embeddings(folder.file("p"), blobs(30), {}, consensus_options(runs));
    ASSERT_FALSE(refused.is_ok());
    EXPECT_EQ(refused.status().code(), ErrorCode::invalid_argument);
    EXPECT_THAT(refused.status().message(), HasSubstr(std::to_string(runs)));
  }
}

TEST(ConsensusFit, EvaluationSaysHowFarConfidencesHold) {
  const TemporaryFolder folder;
  ASSERT_OK(fit_embeddings(folder.file("p"), blobs(200), {}, consensus_options(5)));
  std::string csv = "path,label\n";
  for (int i = 0; i < 200; ++i) csv += "row " + std::to_string(i) + ",blob " + std::to_string(i % 4) + "\n";
  write_text_file(folder.file("labels.csv"), csv);
  const auto evaluation = evaluate_project(folder.file("p"), folder.file("labels.csv"));
  ASSERT_OK(evaluation);
  ASSERT_TRUE(evaluation->reliability);
  EXPECT_LT(evaluation->reliability->expected_calibration_error, 0.2);
  const auto before = make_report_input(folder.file("p"));
  ASSERT_OK(before);
  EXPECT_TRUE(before->reliability.bins.empty());
  ASSERT_OK(remember_reliability(folder.file("p"), *evaluation));
  const auto after = make_report_input(folder.file("p"));
  ASSERT_OK(after);
  EXPECT_EQ(after->reliability.bins.size(), evaluation->reliability->bins.size());
  // Another fit has confidences of its own.
  ASSERT_OK(fit_embeddings(folder.file("p"), blobs(200), {}, consensus_options(6)));
  const auto refitted = make_report_input(folder.file("p"));
  ASSERT_OK(refitted);
  EXPECT_TRUE(refitted->reliability.bins.empty());
}

}  // namespace
}  // namespace clipcluster::testing
