// The search for options inside a project: stored, taken again, forgotten.
#include "clipcluster/tune.h"

#include <gmock/gmock.h>

#include "clipcluster/pipeline.h"
#include "clipcluster/random.h"
#include "pipeline/stored_tuning.h"
#include "support/support.h"

namespace clipcluster::testing {
namespace {

using ::testing::HasSubstr;

// Row i belongs to blob i % 5, of eight columns.
MatrixF blobs(std::size_t rows) {
  const CounterRandom random(3, "tuned blobs");
  MatrixF points(rows, 8);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < 8; ++j)
      points(i, j) = static_cast<float>((j == i % 5 ? 4.0 : 0.0) + 0.5 * random.normal(i, j));
  }
  return points;
}

FitOptions fit_options() {
  FitOptions options;
  options.umap.n_epochs = 100;
  return options;
}

class Tune : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(fit_embeddings(project(), points_, {}, fit_options())); }
  std::string project() const { return folder_.file("p"); }
  TuneOptions quick() const {
    TuneOptions options;
    options.budget = 1e-6;
    return options;
  }
  FitOptions stored() const {
    const auto options = tuned_fit_options(project(), fit_options(), {});
    EXPECT_OK(options);
    EXPECT_TRUE(options.is_ok() && options->has_value());
    return options.is_ok() && *options ? **options : FitOptions();
  }
  TemporaryFolder folder_;
  MatrixF points_ = blobs(150);
};

TEST_F(Tune, FitsWithItsChoiceAndKeepsIt) {
  const auto summary = tune_project(project(), quick());
  ASSERT_OK(summary);
  EXPECT_EQ(summary->points, 150U);
  EXPECT_EQ(summary->chosen, 0U);
  ASSERT_TRUE(summary->fitted);
  EXPECT_EQ(summary->fitted->clusters, 5U);
  EXPECT_FALSE(summary->explanation.empty());
  const ClusteringSetting& best = summary->result.candidates[0].setting;
  const FitOptions options = stored();
  EXPECT_EQ(options.umap.n_neighbors, best.n_neighbors);
  EXPECT_EQ(options.umap.n_components, best.n_components);
  EXPECT_EQ(options.min_cluster_size, best.min_cluster_size);
  EXPECT_EQ(options.hdbscan.min_samples, best.min_samples);
  EXPECT_EQ(options.hdbscan.cluster_selection_method, best.cluster_selection_method);
  EXPECT_EQ(options.hdbscan.cluster_selection_epsilon, best.cluster_selection_epsilon);
  EXPECT_EQ(options.umap.n_epochs, 100);  // what is not searched stays
  const auto again = fit_embeddings(project(), points_, {}, options);
  ASSERT_OK(again);
  EXPECT_TRUE(again->fit_reused);
}

TEST_F(Tune, SearchingAgainFindsTheSame) {
  const auto first = tune_project(project(), quick());
  const auto second = tune_project(project(), quick());
  ASSERT_OK(first);
  ASSERT_OK(second);
  ASSERT_EQ(first->result.candidates.size(), second->result.candidates.size());
  for (std::size_t i = 0; i < first->result.candidates.size(); ++i) {
    EXPECT_EQ(first->result.candidates[i].setting, second->result.candidates[i].setting);
    EXPECT_EQ(first->result.candidates[i].scores.total, second->result.candidates[i].scores.total);
  }
  EXPECT_TRUE(second->fitted->fit_reused);
}

TEST_F(Tune, AnotherCandidateCanBeTakenAndAllForgotten) {
  const auto summary = tune_project(project(), quick());
  ASSERT_OK(summary);
  ASSERT_GT(summary->result.candidates.size(), 1U);
  const auto second = use_tuning(project(), 2);
  ASSERT_OK(second);
  EXPECT_EQ(second->chosen, 1U);
  EXPECT_EQ(stored().min_cluster_size, summary->result.candidates[1].setting.min_cluster_size);
  EXPECT_EQ(second->fitted->clusters,
            static_cast<std::size_t>(summary->result.candidates[1].scores.clusters));
  EXPECT_THAT(use_tuning(project(), 99).status().message(), HasSubstr("no candidate 99"));
  EXPECT_THAT(use_tuning(project(), 0).status().message(), HasSubstr("no candidate 0"));
  ASSERT_OK(forget_tuning(project()));
  const auto options = tuned_fit_options(project(), fit_options(), {});
  ASSERT_OK(options);
  EXPECT_FALSE(options->has_value());
  EXPECT_THAT(use_tuning(project(), 1).status().message(), HasSubstr("clipcluster tune"));
}

TEST_F(Tune, OptionsThatAreGivenWin) {
  ASSERT_OK(tune_project(project(), quick()));
  FitOptions said = fit_options();
  said.umap.n_neighbors = 7;
  said.min_cluster_size = 9;
  const auto options = tuned_fit_options(project(), said, {"n_neighbors", "min_cluster_size"});
  ASSERT_OK(options);
  ASSERT_TRUE(options->has_value());
  EXPECT_EQ((*options)->umap.n_neighbors, 7);
  EXPECT_EQ((*options)->min_cluster_size, 9);
  said.reducer = Reducer::pca;
  const auto pca = tuned_fit_options(project(), said, {"reducer"});
  ASSERT_OK(pca);
  EXPECT_FALSE(pca->has_value());
  const MatrixF others = blobs(60);
  const auto other_rows = tuned_fit_options(project(), fit_options(), {}, others);
  ASSERT_OK(other_rows);
  EXPECT_FALSE(other_rows->has_value());
}

TEST_F(Tune, AConsensusGoesByItsOwnSettings) {
  FitOptions consensus = fit_options();
  consensus.consensus_runs = 5;
  ASSERT_OK(fit_embeddings(project(), points_, {}, consensus));
  const auto summary = tune_project(project(), quick());
  ASSERT_OK(summary);
  EXPECT_EQ(summary->former_consensus_runs, 5);
  EXPECT_FALSE(summary->fitted->consensus);
  EXPECT_EQ(summary->fitted->clusters,
            static_cast<std::size_t>(summary->result.candidates[0].scores.clusters));
  EXPECT_EQ(stored().consensus_runs, 0);
  const auto none = tuned_fit_options(project(), consensus, {"consensus_runs"});
  ASSERT_OK(none);
  EXPECT_FALSE(none->has_value());
}

TEST_F(Tune, ThePageSaysWhetherTheChoiceIsInUse) {
  const auto in_use = [&] {
    const auto opened = Project::open(project());
    const auto fit = opened->fit();
    const ReportTuning tuning = internal::report_tuning(*opened, (*fit)->options);
    EXPECT_FALSE(tuning.rows.empty());
    return tuning.in_use;
  };
  ASSERT_OK(tune_project(project(), quick()));
  EXPECT_TRUE(in_use());
  FitOptions consensus = fit_options();
  consensus.consensus_runs = 5;
  ASSERT_OK(fit_embeddings(project(), points_, {}, consensus));
  EXPECT_FALSE(in_use());
  FitOptions others = fit_options();
  others.min_cluster_size = 13;
  ASSERT_OK(fit_embeddings(project(), points_, {}, others));
  EXPECT_FALSE(in_use());
}

TEST_F(Tune, ADryRunChangesNothing) {
  TuneOptions options = quick();
  options.dry_run = true;
  options.keep_labels = true;
  const auto before = project_info(project());
  const auto summary = tune_project(project(), options);
  ASSERT_OK(summary);
  EXPECT_FALSE(summary->fitted);
  EXPECT_EQ(summary->result.candidates[0].labels.size(), 150U);
  const auto none = tuned_fit_options(project(), fit_options(), {});
  ASSERT_OK(none);
  EXPECT_FALSE(none->has_value());
  const auto after = project_info(project());
  ASSERT_OK(before);
  ASSERT_OK(after);
  EXPECT_EQ(before->clusters.size(), after->clusters.size());
}

TEST_F(Tune, SaysWhatStandsAgainstIt) {
  FitOptions options = fit_options();
  options.reducer = Reducer::pca;
  ASSERT_OK(fit_embeddings(folder_.file("pca"), points_, {}, options));
  EXPECT_THAT(tune_project(folder_.file("pca"), quick()).status().message(), HasSubstr("--reducer umap"));
  EXPECT_EQ(tune_project(folder_.file("nothing"), quick()).status().code(), ErrorCode::not_found);
  ASSERT_OK(fit_embeddings(folder_.file("few"), blobs(8), {}, fit_options()));
  EXPECT_THAT(tune_project(folder_.file("few"), quick()).status().message(), HasSubstr("at least 10"));
}

}  // namespace
}  // namespace clipcluster::testing
