#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "clipcluster/pipeline.h"
#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster::testing {
namespace {

using ::testing::HasSubstr;

// Row i belongs to blob i % 4; the last two rows are exact copies of the first two.
MatrixF blobs(std::size_t rows) {
  const CounterRandom random(1, "blobs");
  MatrixF points(rows, 8);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t source = i + 2 >= rows ? i + 2 - rows : i;
    for (std::size_t j = 0; j < 8; ++j) {
      points(i, j) = static_cast<float>((j == source % 4 ? 5.0 : 0.0) + 0.2 * random.normal(source, j));
    }
  }
  return points;
}

FitOptions fit_options() {
  FitOptions options;
  options.hdbscan.min_samples = 5;
  options.umap.n_epochs = 100;
  return options;
}

TEST(FitEmbeddings, FindsTheBlobs) {
  const TemporaryFolder folder;
  const MatrixF points = blobs(202);
  const auto summary = fit_embeddings(folder.file("p"), points, {}, fit_options());
  ASSERT_OK(summary);
  EXPECT_EQ(summary->files, 202U);
  EXPECT_EQ(summary->distinct, 200U);
  EXPECT_EQ(summary->clusters, 4U);
  std::string csv = "path,label\r\n";
  for (int i = 0; i < 202; ++i) {
    csv += (i % 2 == 0 ? std::to_string(i) : "\"row " + std::to_string(i) + "\"") + ",blob " +
           std::to_string((i >= 200 ? i - 200 : i) % 4) + "\r\n";
  }
  write_text_file(folder.file("labels.csv"), csv + "unknown,blob 1\n");
  const auto evaluation = evaluate_project(folder.file("p"), folder.file("labels.csv"));
  ASSERT_OK(evaluation);
  EXPECT_EQ(evaluation->scores.with_noise.count, 202U);
  EXPECT_GT(evaluation->scores.with_noise.adjusted_rand_index, 0.95);
  EXPECT_EQ(evaluation->unmatched, 1U);
  EXPECT_EQ(evaluation->unlabelled, 0U);
  EXPECT_FALSE(evaluate_project(folder.file("p"), "folders").is_ok());
}

TEST(FitEmbeddings, RowsKeepTheirLabels) {
  const TemporaryFolder folder;
  const MatrixF points = blobs(120);
  FitOptions options = fit_options();
  options.test_fraction = 0.2;
  ASSERT_OK(fit_embeddings(folder.file("p"), points, {}, options));
  const auto assigner = Assigner::open(folder.file("p"));
  ASSERT_OK(assigner);
  const auto answers = assigner->assign_vectors(points);
  ASSERT_OK(answers);
  const auto input = make_report_input(folder.file("p"));
  ASSERT_OK(input);
  EXPECT_FALSE(input->thumbnail);
  for (const ReportImage& image : input->images) {
    const auto row = static_cast<std::size_t>(std::stoi(image.path.substr(4)));
    EXPECT_TRUE((*answers)[row].known);
    EXPECT_EQ((*answers)[row].label, image.label);
  }
  EXPECT_FALSE(
      assigner->assign(std::vector<std::string>{"a.jpg"}, [](const Assignment&) { return Status(); })
          .is_ok());
}

struct ReducerCase {
  const char* name;
  std::vector<std::string> steps;  // in their order, without what all have
  FitOptions options;
};

std::vector<ReducerCase> reducer_cases() {
  std::vector<ReducerCase> cases;
  const auto add = [&](const char* name, std::vector<std::string> steps, auto change) {
    FitOptions options = fit_options();
    options.tsne.n_iter = 220;
    options.tsne.early_exaggeration_iter = 60;
    options.tsne.perplexity = 10.0;
    change(options);
    cases.push_back({name, std::move(steps), options});
  };
  add("pca", {"pca"}, [](FitOptions& o) {
    o.reducer = Reducer::pca;
    o.pca.n_components = 3;
  });
  add("one component", {"pca"}, [](FitOptions& o) {
    o.reducer = Reducer::pca;
    o.pca.n_components = 1;
  });
  add("tsne", {"neighbours", "tsne"}, [](FitOptions& o) {
    o.reducer = Reducer::tsne;
    o.test_fraction = 0.1;
  });
  add("tsne in 3", {"neighbours", "tsne", "tsne map"}, [](FitOptions& o) {
    o.reducer = Reducer::tsne;
    o.tsne.n_components = 3;
  });
  add("pca and tsne", {"pca", "neighbours", "tsne"}, [](FitOptions& o) {
    o.reducer = Reducer::tsne;
    o.pca_components = 4;
  });
  add("pca and umap", {"pca", "neighbours", "umap", "map"}, [](FitOptions& o) {
    o.pca_components = 4;
    o.test_fraction = 0.1;
    o.pca.svd_solver = SvdSolver::randomized;
  });
  return cases;
}

std::vector<std::string> reduction_steps(const RunSummary& summary) {
  std::vector<std::string> names;
  for (const StepTiming& step : summary.steps) {
    for (const char* known : {"pca", "neighbours", "umap", "tsne", "map", "tsne map"}) {
      if (step.name == known) names.push_back(step.name);
    }
  }
  return names;
}

TEST(FitEmbeddings, EveryReducerClustersAndAssigns) {
  const MatrixF all = blobs(190);
  const MatrixView<const float> fitted = all.view().rows_between(0, 160);
  const MatrixView<const float> fresh = all.view().rows_between(160, 188);
  for (const ReducerCase& reducer : reducer_cases()) {
    SCOPED_TRACE(reducer.name);
    const TemporaryFolder folder;
    const auto summary = fit_embeddings(folder.file("p"), fitted, {}, reducer.options);
    ASSERT_OK(summary);
    EXPECT_EQ(reduction_steps(*summary), reducer.steps);
    if (std::string(reducer.name) != "one component") {
      EXPECT_EQ(summary->clusters, 4U);
    }
    const auto again = fit_embeddings(folder.file("p"), fitted, {}, reducer.options);
    ASSERT_OK(again);
    EXPECT_TRUE(again->fit_reused);

    const auto input = make_report_input(folder.file("p"));
    ASSERT_OK(input);
    const auto assigner = Assigner::open(folder.file("p"));
    ASSERT_OK(assigner);
    const auto training = assigner->assign_vectors(fitted);
    ASSERT_OK(training);
    std::vector<std::int32_t> labels(160, -2);
    for (const ReportImage& image : input->images) {
      const auto row = static_cast<std::size_t>(std::stoi(image.path.substr(4)));
      labels[row] = image.label;
      EXPECT_EQ((*training)[row].label, image.label);
      EXPECT_TRUE(std::isfinite(image.x) && std::isfinite(image.y));
    }
    const auto batch = assigner->assign_vectors(fresh);
    ASSERT_OK(batch);
    std::size_t right = 0;
    for (std::size_t i = 0; i < fresh.rows(); ++i) {
      const auto one = assigner->assign_vectors(fresh.rows_between(i, i + 1));
      ASSERT_OK(one);
      EXPECT_EQ((*one)[0].label, (*batch)[i].label);
      EXPECT_EQ((*one)[0].probability, (*batch)[i].probability);
      right += (*batch)[i].label == labels[i % 4 + 100] ? 1U : 0U;
    }
    if (std::string(reducer.name) != "one component") {
      EXPECT_GT(right, 20U);
    }
  }
}

class Notes : public Progress {
 public:
  void note(std::string_view sentence) override { sentences.emplace_back(sentence); }
  std::vector<std::string> sentences;
};

TEST(FitEmbeddings, MoreNeighboursThanPointsAreCappedWithANote) {
  const TemporaryFolder folder;
  Notes notes;
  ASSERT_OK(fit_embeddings(folder.file("few"), blobs(10), {}, fit_options(), notes));
  ASSERT_EQ(notes.sentences.size(), 1U);
  // Two of the ten are copies of others.
  EXPECT_EQ(notes.sentences[0], "n_neighbors 15 is more than the 8 points there are; using 8");
  ASSERT_OK(fit_embeddings(folder.file("enough"), blobs(30), {}, fit_options(), notes));
  EXPECT_EQ(notes.sentences.size(), 1U);
}

TEST(FitEmbeddings, AReducerMustFitItsOptions) {
  const TemporaryFolder folder;
  FitOptions options = fit_options();
  options.reducer = Reducer::pca;
  options.pca_components = 3;
  EXPECT_THAT(fit_embeddings(folder.file("p"), blobs(30), {}, options).status().message(),
              HasSubstr("pca_components is 3"));
  options = fit_options();
  options.reducer = Reducer::tsne;
  options.tsne.n_components = 5;
  EXPECT_THAT(fit_embeddings(folder.file("p"), blobs(30), {}, options).status().message(),
              HasSubstr("n_components is 5"));
}

TEST(FitEmbeddings, ReplacesWhatWasThere) {
  const TemporaryFolder folder;
  ASSERT_OK(fit_embeddings(folder.file("p"), blobs(100), {}, fit_options()));
  const auto same = fit_embeddings(folder.file("p"), blobs(100), {}, fit_options());
  ASSERT_OK(same);
  EXPECT_TRUE(same->fit_reused);
  const auto other = fit_embeddings(folder.file("p"), blobs(60), {}, fit_options());
  ASSERT_OK(other);
  EXPECT_FALSE(other->fit_reused);
  const auto info = project_info(folder.file("p"));
  ASSERT_OK(info);
  EXPECT_EQ(info->kind, ProjectKind::vectors);
  EXPECT_EQ(info->files, 60U);
  EXPECT_EQ(info->runs.size(), 3U);
}

bool same_answers(const std::vector<Assignment>& a, const std::vector<Assignment>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].label != b[i].label || a[i].probability != b[i].probability) return false;
    for (std::size_t j = 0; j < a[i].nearest.size(); ++j) {
      if (a[i].nearest[j].path != b[i].nearest[j].path) return false;
    }
  }
  return a.size() == b.size();
}

// So few rows that the index finds the very nearest; without it all are looked at.
TEST(FitEmbeddings, AnIndexIsStoredAndNotNeeded) {
  const TemporaryFolder folder;
  const MatrixF all = blobs(2300);
  FitOptions options;
  options.umap.n_epochs = 10;
  options.umap.init = UmapInit::random;
  ASSERT_OK(fit_embeddings(folder.file("p"), all.view().rows_between(0, 2250), {}, options));
  const auto answer = [&] {
    const auto assigner = Assigner::open(folder.file("p"));
    EXPECT_OK(assigner);
    auto answers = assigner->assign_vectors(all.view().rows_between(2240, 2300));
    EXPECT_OK(answers);
    return std::move(answers).value();
  };
  const std::vector<Assignment> answers = answer();
  std::size_t removed = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder.file("p"))) {
    if (file.path().filename() == "neighbors.ccm")
      removed += std::filesystem::remove(file.path()) ? 1U : 0U;
  }
  EXPECT_EQ(removed, 1U);
  EXPECT_TRUE(same_answers(answers, answer()));
}

TEST(FitEmbeddings, WrongUseIsSaid) {
  const TemporaryFolder folder;
  MatrixF points = blobs(10);
  points(3, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(fit_embeddings(folder.file("p"), points, {}, fit_options()).status().message(),
              HasSubstr("row 3"));
  EXPECT_FALSE(fit_embeddings(folder.file("p"), MatrixF(), {}, fit_options()).is_ok());
  const std::vector<std::string> names(10, "same");
  EXPECT_THAT(fit_embeddings(folder.file("p"), blobs(10), names, fit_options()).status().message(),
              HasSubstr("twice"));
  EXPECT_FALSE(std::filesystem::exists(folder.file("p")));
}

}  // namespace
}  // namespace clipcluster::testing
