#include "clipcluster/tuning.h"

#include <gmock/gmock.h>

#include <set>

#include "clipcluster/evaluation.h"
#include "clipcluster/modularity.h"
#include "clipcluster/parallel.h"
#include "clipcluster/random.h"
#include "support/support.h"
#include "tuning/agreement.h"
#include "tuning/order.h"
#include "tuning/silhouette.h"

namespace clipcluster::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Le;

// Row i belongs to blob i % blobs.
MatrixF blobs(std::size_t rows, std::size_t count, double width = 0.3) {
  const CounterRandom random(7, "tuning blobs");
  MatrixF points(rows, 6);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < 6; ++j) {
      const double center = 4.0 * random.uniform(1000000 + i % count, j);
      points(i, j) = static_cast<float>(center + width * random.normal(i, j));
    }
  }
  return points;
}

// The least that a search can be, with short layouts.
TuningOptions quick() {
  TuningOptions options;
  options.budget = 1e-6;
  options.umap.n_epochs = 100;
  options.keep_labels = true;
  return options;
}

TEST(Tuning, FindsObviousBlobs) {
  const SharedMatrix<float> points = blobs(240, 4);
  const auto result = tune_clustering(points, quick());
  ASSERT_OK(result);
  const TuningCandidate& best = result->candidates.front();
  std::vector<std::int32_t> truth;
  for (std::int32_t i = 0; i < 240; ++i) truth.push_back(i % 4);
  EXPECT_EQ(best.scores.clusters, 4);
  EXPECT_GT(evaluate_clustering(best.labels, truth)->with_noise.adjusted_rand_index, 0.95);
  EXPECT_NEAR(result->intrinsic_dimension, 6.0, 2.5);
  EXPECT_GT(best.scores.subsample_stability, 0.9);
  EXPECT_GE(result->tried, 100U);
  EXPECT_EQ(result->different, result->candidates.size());
  EXPECT_THAT(explain_choice(*result, 0), HasSubstr("4 clusters"));
  for (std::size_t i = 1; i < result->candidates.size(); ++i) {
    EXPECT_THAT(result->candidates[i].scores.total, Le(result->candidates[i - 1].scores.total));
    EXPECT_NE(result->candidates[i].labels, result->candidates[i - 1].labels);
  }
}

// What is promised of a candidate is what a fit with its setting gives.
TEST(Tuning, ACandidateIsTheClusteringOfItsSetting) {
  const SharedMatrix<float> points = blobs(150, 5, 0.9);
  const TuningOptions options = quick();
  const auto result = tune_clustering(points, options);
  ASSERT_OK(result);
  for (const std::size_t i : {std::size_t{0}, result->candidates.size() / 2}) {
    const TuningCandidate& candidate = result->candidates[i];
    const auto umap = fit_umap(points, with_setting(options.umap, candidate.setting));
    ASSERT_OK(umap);
    Matrix<double> layout(150, umap->embedding.cols());
    std::copy(umap->embedding.data(), umap->embedding.data() + layout.size(), layout.data());
    const auto fit = fit_hdbscan(layout, with_setting(options.hdbscan, candidate.setting));
    ASSERT_OK(fit);
    EXPECT_DOUBLE_EQ(evaluate_clustering(fit->labels, candidate.labels)->with_noise.adjusted_rand_index,
                     1.0);
    const std::set<std::int32_t> clusters(fit->labels.begin(), fit->labels.end());
    EXPECT_EQ(static_cast<std::size_t>(candidate.scores.clusters), clusters.size() - clusters.count(-1));
  }
}

TEST(Tuning, WishesAreHonouredWhereTheyCanBe) {
  const SharedMatrix<float> points = blobs(240, 12, 0.5);
  TuningOptions options = quick();
  const auto free = tune_clustering(points, options);
  ASSERT_OK(free);
  options.wishes.fewest_clusters = 2;
  options.wishes.most_clusters = 5;
  const auto few = tune_clustering(points, options);
  ASSERT_OK(few);
  EXPECT_GT(free->candidates[0].scores.clusters, 5);
  EXPECT_THAT(few->candidates[0].scores.clusters, ::testing::AllOf(::testing::Ge(2), Le(5)));
  EXPECT_EQ(few->candidates[0].scores.wish_distance, 0.0);

  options.wishes.most_noise = 0.0;
  const auto clean = tune_clustering(points, options);
  ASSERT_OK(clean);
  EXPECT_EQ(clean->candidates[0].scores.noise_share, 0.0);

  options.wishes = {};
  options.wishes.fewest_clusters = 200;
  options.wishes.most_clusters = 200;
  const auto nearest = tune_clustering(points, options);
  ASSERT_OK(nearest);
  EXPECT_GT(nearest->candidates[0].scores.wish_distance, 0.0);
  EXPECT_THAT(explain_choice(*nearest, 0), HasSubstr("as near as"));
}

TEST(Tuning, SameBytesAtAnyThreadCount) {
  const SharedMatrix<float> points = blobs(160, 5, 0.8);
  std::vector<TuningResult> results;
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    auto result = tune_clustering(points, quick());
    ASSERT_OK(result);
    results.push_back(std::move(*result));
  }
  set_thread_count(0);
  for (const TuningResult& result : results) {
    ASSERT_EQ(result.candidates.size(), results[0].candidates.size());
    for (std::size_t i = 0; i < result.candidates.size(); ++i) {
      EXPECT_EQ(result.candidates[i].setting, results[0].candidates[i].setting);
      EXPECT_EQ(result.candidates[i].scores.total, results[0].candidates[i].scores.total);
      EXPECT_EQ(result.candidates[i].labels, results[0].candidates[i].labels);
    }
  }
}

TEST(Tuning, Boundaries) {
  EXPECT_THAT(tune_clustering(blobs(9, 2), quick()).status().message(), HasSubstr("9 points"));
  ASSERT_OK(tune_clustering(blobs(10, 2), quick()));
  ASSERT_OK(tune_clustering(blobs(80, 1), quick()));  // one cloud
  MatrixF same(40, 3);
  for (std::size_t i = 0; i < same.size(); ++i) same.data()[i] = 1.0F;
  const auto duplicates = tune_clustering(SharedMatrix<float>(std::move(same)), quick());
  ASSERT_OK(duplicates);
  EXPECT_GE(duplicates->candidates.size(), 1U);
}

TEST(Tuning, SaysWhatIsWrong) {
  const SharedMatrix<float> points = blobs(20, 2);
  TuningOptions options = quick();
  options.budget = 0.0;
  EXPECT_THAT(tune_clustering(points, options).status().message(), HasSubstr("budget"));
  options = quick();
  options.wishes.fewest_clusters = 5;
  options.wishes.most_clusters = 3;
  EXPECT_THAT(tune_clustering(points, options).status().message(), HasSubstr("10..30"));
  options.wishes = {};
  options.wishes.most_noise = 2.0;
  EXPECT_THAT(tune_clustering(points, options).status().message(), HasSubstr("from 0 to 1"));
}

class Stopping : public Progress {
 public:
  bool cancelled() override { return true; }
};

TEST(Tuning, StopsWhenAsked) {
  Stopping progress;
  EXPECT_EQ(tune_clustering(blobs(60, 2), quick(), progress).status().code(), ErrorCode::cancelled);
}

TEST(Tuning, ALargerBudgetTriesMoreAndNeverLess) {
  TuningOptions options;
  double former = 0.0;
  for (const double budget : {1.0, 10.0, 60.0, 600.0, 6000.0}) {
    options.budget = budget;
    const TuningPlan plan = tuning_plan(20000, 512, options);
    EXPECT_GE(plan.seconds, former);
    EXPECT_GE(plan.seeds, 2U);
    former = plan.seconds;
  }
  options.budget = 60.0;
  EXPECT_EQ(tuning_plan(20000, 512, options).layouts, 12U);
}

// Candidates with labels of their own, named by their number of clusters.
int chosen_clusters(std::vector<TuningScores> scores, double intrinsic_dimension) {
  std::vector<tuning::Measured> measured;
  std::int32_t label = 0;
  for (const TuningScores& one : scores) measured.push_back({one, {label++, 0, 0}, {}});
  const TuningPlan plan{1, 2, 2, 1.0};
  const TuningResult result = tuning::best_first(std::vector<ClusteringSetting>(scores.size()), measured,
                                                 plan, intrinsic_dimension, {});
  EXPECT_EQ(result.candidates.size(), scores.size());
  return result.candidates[0].scores.clusters;
}

TuningScores few_dimensions(int clusters, double validity, double samples) {
  return {.clusters = clusters, .subsample_stability = samples, .validity = validity};
}

TEST(TuningOrder, InFewDimensionsValidAndFoundAgainAndNoFinerThanThatIsWorth) {
  const auto& of = few_dimensions;
  EXPECT_EQ(chosen_clusters({of(40, 0.6, 0.9), of(4, 0.6, 0.9)}, 2.0), 4);
  EXPECT_EQ(chosen_clusters({of(6, 0.6, 0.5), of(5, 0.5, 0.9), of(7, 0.2, 0.9)}, 2.0), 5);
  EXPECT_EQ(chosen_clusters({of(15, 0.9, 1.0), of(3, 0.5, 0.9)}, 2.0), 15);
  EXPECT_EQ(chosen_clusters({of(1, 0.9, 1.0), of(9, 0.1, 0.2)}, 2.0), 9);
}

TuningScores many_dimensions(int clusters, double modularity, double seeds) {
  return {.clusters = clusters, .seed_stability = seeds, .modularity = modularity};
}

TEST(TuningOrder, InManyDimensionsWhatAnotherSeedDoesNotFindAgainIsNoChoice) {
  const auto& of = many_dimensions;
  EXPECT_EQ(chosen_clusters({of(20, 0.6, 0.4), of(10, 0.5, 0.9)}, 12.0), 20);
  EXPECT_EQ(chosen_clusters({of(20, 0.6, 0.02), of(10, 0.5, 0.54)}, 12.0), 10);
}

TEST(TuningScores, AgreementIsTheAdjustedRandIndex) {
  const CounterRandom random(1, "labels");
  std::vector<std::int32_t> a;
  std::vector<std::int32_t> b;
  for (std::uint64_t i = 0; i < 300; ++i) {
    a.push_back(static_cast<std::int32_t>(random.below(6, i)) - 1);
    b.push_back(random.below(3, i, 1) == 0 ? static_cast<std::int32_t>(random.below(9, i, 2)) - 1
                                           : a.back());
  }
  tuning::Agreement agreement;
  for (int repeat = 0; repeat < 2; ++repeat)
    EXPECT_NEAR(agreement(a, b), evaluate_clustering(a, b)->with_noise.adjusted_rand_index, 1e-12);
  EXPECT_EQ(agreement(a, a), 1.0);
}

TEST(TuningScores, SilhouetteByHand) {
  const MatrixF points = [] {
    MatrixF line(5, 1);
    const float places[] = {0, 1, 4, 6, 100};
    for (std::size_t i = 0; i < 5; ++i) line(i, 0) = places[i];
    return line;
  }();
  const MatrixF distances =
      tuning::distances_between(points, std::vector<std::int32_t>{0, 1, 2, 3, 4}, Metric::euclidean);
  const std::vector<std::int32_t> labels = {0, 0, 1, 1, -1};
  const double expected = ((5.0 - 1) / 5 + (4.0 - 1) / 4 + (3.5 - 2) / 3.5 + (5.5 - 2) / 5.5) / 5;
  EXPECT_NEAR(tuning::silhouette(distances, labels), expected, 1e-6);
}

TEST(TuningScores, ModularityByHand) {
  MatrixI neighbors(4, 2);  // 0 <-> 1, 2 -> 3 -> 0
  const std::int32_t nearest[] = {1, 0, 3, 0};
  for (std::int32_t i = 0; i < 4; ++i) {
    neighbors(static_cast<std::size_t>(i), 0) = i;
    neighbors(static_cast<std::size_t>(i), 1) = nearest[i];
  }
  const std::vector<std::int32_t> labels = {0, 0, 1, 1};
  const NeighborFigures figures = neighbor_figures(neighbors, 2, labels);
  // Three of four edges inside; each cluster has half of what leaves and 3/4, 1/4 of what arrives.
  EXPECT_DOUBLE_EQ(figures.modularity, 0.75 - (0.5 * 0.75 + 0.5 * 0.25));
  EXPECT_DOUBLE_EQ(figures.kept, 0.75);
}

}  // namespace
}  // namespace clipcluster::testing
