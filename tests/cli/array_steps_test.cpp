#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/program.h"
#include "clipcluster/array_files.h"

namespace clipcluster {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::npy_header;
using testing::Outcome;
using testing::read_text_file;
using testing::run_program;
using testing::TemporaryFolder;

constexpr std::size_t groups = 3;
constexpr std::size_t rows_per_group = 40;
constexpr std::size_t rows = groups * rows_per_group;

std::string header(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
}

class ArraySteps : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(write_npy(file("x.npy"), testing::grouped_points(groups, rows_per_group, 8).view()));
  }
  std::string file(const std::string& name) const { return folder_.file(name); }
  Outcome run(const std::vector<std::string>& arguments) const {
    Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  }
  MatrixF read(const std::string& name) const {
    const auto array = read_npy<float>(file(name));
    EXPECT_OK(array);
    return MatrixF::copy_of(array->view());
  }
  TemporaryFolder folder_;
};

TEST_F(ArraySteps, KnnWritesIndicesAndDistancesWithThePointFirst) {
  run({"knn", file("x.npy"), "--k", "5", "--metric", "euclidean", "--indices", file("i.npy"), "--distances",
       file("d.npy")});
  EXPECT_EQ(npy_header(file("i.npy")), header("<i4", "(120, 5)"));
  EXPECT_EQ(npy_header(file("d.npy")), header("<f4", "(120, 5)"));
  const MatrixF distances = read("d.npy");
  const std::string indices = read_text_file(file("i.npy"));
  for (std::size_t i = 0; i < rows; ++i) {
    std::int32_t first = -1;
    std::memcpy(&first, indices.data() + indices.size() - (rows - i) * 5 * 4, 4);
    EXPECT_EQ(first, static_cast<std::int32_t>(i));
    EXPECT_EQ(distances(i, 0), 0.0F);
    for (std::size_t j = 1; j < 5; ++j) EXPECT_GE(distances(i, j), distances(i, j - 1));
  }
}

TEST_F(ArraySteps, TuneChoosesExplainsAndIsKeptTo) {
  run({"fit", "--embeddings", file("x.npy"), "-o", file("p"), "--metric", "euclidean", "-q"});
  const json found = json::parse(run({"tune", file("p"), "--budget", "0.01", "--json"}).out);
  EXPECT_EQ(found["chosen"], 1);
  EXPECT_EQ(found["points"], rows);
  EXPECT_GT(found["tried"], found["different"]);
  EXPECT_EQ(found["candidates"][0]["clusters"], groups);
  EXPECT_THAT(found["explanation"].get<std::string>(), HasSubstr("3 clusters"));
  const Outcome table =
      run({"tune", file("p"), "--budget", "0.01", "--dry-run", "--candidates", file("c.npy")});
  EXPECT_THAT(table.out, HasSubstr("n_neighbors"));
  EXPECT_THAT(table.out, HasSubstr("Nothing was changed"));
  EXPECT_THAT(npy_header(file("c.npy")), HasSubstr(", 120)"));
  const Outcome again =
      run({"fit", "--embeddings", file("x.npy"), "-o", file("p"), "--metric", "euclidean"});
  EXPECT_THAT(again.err, HasSubstr("going by what tune chose"));
  run({"tune", file("p"), "--use", "2", "-q"});
  run({"tune", file("p"), "--forget", "-q"});
  EXPECT_EQ(run_program({"tune", file("p"), "--use", "1"}).code, 1);
}

TEST_F(ArraySteps, TuneSaysWhatIsWrong) {
  run({"fit", "--embeddings", file("x.npy"), "-o", file("p"), "-q"});
  const auto refusal = [&](const std::vector<std::string>& flags) {
    std::vector<std::string> arguments = {"tune", file("p")};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    return outcome.err;
  };
  EXPECT_THAT(refusal({"--clusters", "30..10"}), HasSubstr("smaller number first"));
  EXPECT_THAT(refusal({"--clusters", "many"}), HasSubstr("10..30"));
  EXPECT_THAT(refusal({"--budget", "0"}), HasSubstr("--budget"));
  EXPECT_THAT(refusal({"--max-noise", "1.5"}), HasSubstr("--max-noise"));
  EXPECT_THAT(refusal({"--use", "2", "--forget"}), HasSubstr("exclude"));
  EXPECT_THAT(refusal({"--use", "2", "--dry-run"}), HasSubstr("nothing is searched"));
}

TEST_F(ArraySteps, KnnCapsKAndSaysSo) {
  const Outcome outcome = run({"knn", file("x.npy"), "--k", "500", "--indices", file("i.npy"), "--json"});
  EXPECT_THAT(outcome.err, HasSubstr("--k 500 is more than the 120 rows"));
  EXPECT_EQ(npy_header(file("i.npy")), header("<i4", "(120, 120)"));
  const json result = json::parse(outcome.out);
  EXPECT_EQ(result["k"], 120);
  EXPECT_EQ(result["notes"].size(), 1U);
  EXPECT_EQ(result["outputs"][0], file("i.npy"));
}

TEST_F(ArraySteps, AStepThatNeedsMoreThanTheMemoryLimitIsRefusedBeforeItStarts) {
  const std::vector<std::vector<std::string>> steps = {
      {"knn", file("x.npy"), "--indices", file("out")},
      {"umap", file("x.npy"), "-o", file("out")},
      {"tsne", file("x.npy"), "-o", file("out")},
      {"hdbscan", file("x.npy"), "--labels", file("out")},
      {"fit", "--embeddings", file("x.npy"), "-o", file("project")},
  };
  for (std::vector<std::string> step : steps) {
    step.insert(step.end(), {"--memory-limit", "2M"});
    const Outcome outcome = run_program(step);
    EXPECT_EQ(outcome.code, 1) << step[0];
    EXPECT_THAT(outcome.err, HasSubstr("but the memory limit of 2.0 MB leaves")) << step[0];
    EXPECT_FALSE(std::filesystem::exists(file("out"))) << step[0];
  }
  run({"knn", file("x.npy"), "--indices", file("out"), "--memory-limit", "4G"});
}

TEST_F(ArraySteps, AMemoryLimitThatIsNoSize) {
  for (const char* size : {"", "G", "-1", "4X", "nan", "0"}) {
    const Outcome outcome = run_program(
        {"knn", file("x.npy"), "--indices", file("out"), std::string("--memory-limit=") + size});
    EXPECT_EQ(outcome.code, 2) << size;
  }
}

TEST_F(ArraySteps, KnnFindsTheSameExactlyAndApproximatelyWhereThereAreFewRows) {
  run({"knn", file("x.npy"), "--k", "5", "--indices", file("exact.npy"), "--neighbors", "exact"});
  run({"knn", file("x.npy"), "--k", "5", "--indices", file("cells.npy"), "--neighbors", "approximate"});
  EXPECT_EQ(read_text_file(file("exact.npy")), read_text_file(file("cells.npy")));
  EXPECT_EQ(run_program({"knn", file("x.npy"), "--indices", file("out"), "--neighbors", "guess"}).code, 2);
}

TEST_F(ArraySteps, PcaModelGivesTheSameAgain) {
  run({"pca", file("x.npy"), "-o", file("y.npy"), "--n-components", "3", "--save-model", file("m")});
  EXPECT_EQ(npy_header(file("y.npy")), header("<f4", "(120, 3)"));
  run({"pca", file("x.npy"), "-o", file("z.npy"), "--load-model", file("m")});
  EXPECT_EQ(read_text_file(file("y.npy")), read_text_file(file("z.npy")));
  run({"pca", file("y.npy"), "-o", file("b.npy"), "--load-model", file("m"), "--inverse"});
  run({"pca", file("b.npy"), "-o", file("z.npy"), "--load-model", file("m")});
  const auto there = read_npy<float>(file("y.npy"));
  const auto and_back = read_npy<float>(file("z.npy"));
  ASSERT_OK(there);
  ASSERT_OK(and_back);
  for (std::size_t i = 0; i < there->rows(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(there->row(i)[c], and_back->row(i)[c], 1e-3);
  }
  run({"pca", file("x.npy"), "-o", file("y.npy"), "--n-components", "2", "--svd-solver", "randomized"});
}

TEST_F(ArraySteps, TsneKeepsGroupsTogetherAndItsModelPlacesTrainingRowsWhereTheyWere) {
  const Outcome outcome =
      run({"tsne", file("x.npy"), "-o", file("y.npy"), "--perplexity", "100", "--n-iter", "400",
           "--early-exaggeration-iter", "100", "--learning-rate", "40", "--init", "random", "--seed", "3",
           "--save-model", file("m"), "--json"});
  const json result = json::parse(outcome.out);
  EXPECT_NEAR(result["perplexity"].get<double>(), 119.0 / 3.0, 1e-9);
  EXPECT_EQ(result["notes"].size(), 1U);
  EXPECT_EQ(npy_header(file("y.npy")), header("<f4", "(120, 2)"));
  run({"tsne", file("x.npy"), "-o", file("z.npy"), "--load-model", file("m")});
  EXPECT_EQ(read_text_file(file("y.npy")), read_text_file(file("z.npy")));
  run({"hdbscan", file("y.npy"), "--labels", file("l.npy"), "--min-cluster-size", "20"});
  const auto labels = read_npy_labels(file("l.npy"));
  ASSERT_OK(labels);
  EXPECT_EQ(std::set<std::int32_t>(labels->begin(), labels->end()), (std::set<std::int32_t>{0, 1, 2}));
  run({"tsne", file("x.npy"), "-o", file("y.npy"), "--n-components", "3", "--n-iter", "20", "--metric",
       "cosine", "--tsne-method", "barnes-hut", "--angle", "0.8"});
  EXPECT_EQ(npy_header(file("y.npy")), header("<f4", "(120, 3)"));
}

TEST_F(ArraySteps, FitReducesAsAskedAndInfoSaysSo) {
  run({"fit", "--embeddings", file("x.npy"), "-o", file("p"), "--reducer", "tsne", "--pca-components", "5",
       "--n-iter", "150", "--early-exaggeration-iter", "50", "--perplexity", "10"});
  EXPECT_THAT(run({"info", file("p")}).out, HasSubstr("PCA to 5 columns, then t-SNE to 2"));
  run({"fit", "--embeddings", file("x.npy"), "-o", file("p"), "--reducer", "pca", "--n-components", "3"});
  EXPECT_THAT(run({"info", file("p")}).out, HasSubstr("PCA to 3 columns"));
}

TEST_F(ArraySteps, UmapKeepsGroupsTogetherAndItsModelPlacesTrainingRowsWhereTheyWere) {
  run({"umap", file("x.npy"), "-o", file("y.npy"), "--n-neighbors", "10", "--n-components", "2",
       "--min-dist", "0", "--seed", "3", "--save-model", file("m")});
  EXPECT_EQ(npy_header(file("y.npy")), header("<f4", "(120, 2)"));
  run({"umap", file("x.npy"), "-o", file("z.npy"), "--load-model", file("m")});
  EXPECT_EQ(read_text_file(file("y.npy")), read_text_file(file("z.npy")));
  run({"hdbscan", file("y.npy"), "--labels", file("l.npy"), "--min-cluster-size", "20"});
  const auto labels = read_npy_labels(file("l.npy"));
  ASSERT_OK(labels);
  EXPECT_EQ(std::set<std::int32_t>(labels->begin(), labels->end()), (std::set<std::int32_t>{0, 1, 2}));
}

TEST_F(ArraySteps, UmapTakesAllItsOptions) {
  const Outcome outcome = run({"umap",
                               file("x.npy"),
                               "-o",
                               file("y.npy"),
                               "--n-neighbors",
                               "500",
                               "--n-epochs",
                               "20",
                               "--learning-rate",
                               "0.5",
                               "--negative-sample-rate",
                               "3",
                               "--spread",
                               "2",
                               "--min-dist",
                               "1.5",
                               "--set-op-mix-ratio",
                               "0.5",
                               "--local-connectivity",
                               "2",
                               "--init",
                               "random",
                               "--repulsion-strength",
                               "0.7",
                               "--metric",
                               "cosine",
                               "--json"});
  EXPECT_THAT(outcome.err, HasSubstr("--n-neighbors 500 is more than the 120 rows"));
  EXPECT_EQ(json::parse(outcome.out)["n_components"], 2);
}

TEST_F(ArraySteps, HdbscanWritesEverythingAndPredicts) {
  const Outcome outcome = run({"hdbscan", file("x.npy"), "--labels", file("l.npy"), "--probabilities",
                               file("p.npy"), "--outlier-scores", file("o.npy"), "--min-cluster-size", "10",
                               "--save-model", file("m"), "--json"});
  EXPECT_EQ(npy_header(file("l.npy")), header("<i4", "(120,)"));
  EXPECT_EQ(npy_header(file("p.npy")), header("<f8", "(120,)"));
  EXPECT_EQ(npy_header(file("o.npy")), header("<f8", "(120,)"));
  const json result = json::parse(outcome.out);
  EXPECT_EQ(result["clusters"], 3);
  const auto labels = read_npy_labels(file("l.npy"));
  ASSERT_OK(labels);
  std::map<std::size_t, std::set<std::int32_t>> by_group;
  for (std::size_t i = 0; i < rows; ++i) {
    if ((*labels)[i] >= 0) by_group[i / rows_per_group].insert((*labels)[i]);
  }
  for (const auto& [group, found] : by_group) EXPECT_EQ(found.size(), 1U) << group;

  run({"hdbscan", file("x.npy"), "--labels", file("l2.npy"), "--probabilities", file("p2.npy"),
       "--load-model", file("m")});
  EXPECT_EQ(read_text_file(file("l.npy")), read_text_file(file("l2.npy")));
  EXPECT_EQ(read_text_file(file("p.npy")), read_text_file(file("p2.npy")));
  run({"hdbscan", file("x.npy"), "--labels", file("l3.npy"), "--load-model", file("m"),
       "--compatible-prediction"});
  EXPECT_EQ(npy_header(file("l3.npy")), header("<i4", "(120,)"));
}

TEST_F(ArraySteps, HdbscanMethodsAndLimits) {
  run({"hdbscan", file("x.npy"), "--labels", file("l.npy"), "--cluster-selection-method", "leaf",
       "--cluster-selection-epsilon", "0.5", "--max-cluster-size", "60", "--min-samples", "3",
       "--allow-single-cluster"});
  EXPECT_EQ(npy_header(file("l.npy")), header("<i4", "(120,)"));
}

TEST_F(ArraySteps, ModelsOfOtherKindsAndOtherWidthsAreRefused) {
  run({"pca", file("x.npy"), "-o", file("y.npy"), "--save-model", file("m")});
  const Outcome other_kind =
      run_program({"umap", file("x.npy"), "-o", file("z.npy"), "--load-model", file("m")});
  EXPECT_EQ(other_kind.code, 1);
  EXPECT_THAT(other_kind.err, HasSubstr("kind pca"));
  const Outcome other_width =
      run_program({"pca", file("y.npy"), "-o", file("z.npy"), "--load-model", file("m")});
  EXPECT_EQ(other_width.code, 1);
  EXPECT_THAT(other_width.err, HasSubstr("2 columns"));
  EXPECT_FALSE(std::filesystem::exists(file("z.npy")));
}

TEST_F(ArraySteps, OutputsAreTheSameBytesAtAnyThreadCount) {
  std::map<std::string, std::string> first;
  for (const char* threads : {"1", "2", "4"}) {
    run({"knn", file("x.npy"), "--indices", file("i.npy"), "--distances", file("d.npy"), "--threads",
         threads});
    run({"pca", file("x.npy"), "-o", file("c.npy"), "--n-components", "4", "--save-model", file("c.model"),
         "--threads", threads});
    run({"umap", file("x.npy"), "-o", file("y.npy"), "--save-model", file("y.model"), "--threads",
         threads});
    run({"hdbscan", file("y.npy"), "--labels", file("l.npy"), "--probabilities", file("p.npy"),
         "--save-model", file("l.model"), "--threads", threads});
    for (const char* name :
         {"i.npy", "d.npy", "c.npy", "c.model", "y.npy", "y.model", "l.npy", "p.npy", "l.model"}) {
      const std::string bytes = read_text_file(file(name));
      EXPECT_EQ(first.try_emplace(name, bytes).first->second, bytes) << name << " at " << threads;
    }
  }
}

TEST_F(ArraySteps, QuietSaysNothingAndProgressIsLinesWithoutATerminal) {
  const Outcome quiet = run({"umap", file("x.npy"), "-o", file("y.npy"), "-q"});
  EXPECT_EQ(quiet.out, "");
  EXPECT_EQ(quiet.err, "");
  const Outcome lines = run({"umap", file("x.npy"), "-o", file("y.npy")});
  EXPECT_THAT(lines.err, HasSubstr(" in "));
  EXPECT_EQ(lines.err.find('\r'), std::string::npos);
  EXPECT_THAT(lines.out, HasSubstr("fitted 120 rows"));
}

TEST_F(ArraySteps, InterruptedStepLeavesNothing) {
  ASSERT_OK(write_npy(file("big.npy"), testing::grouped_points(5, 1000, 16).view()));
  ASSERT_OK(write_file(file("y.npy"), "old"));
  const std::set<std::string> before = {"x.npy", "big.npy", "y.npy"};
  const Outcome outcome =
      testing::run_and_interrupt({"umap", file("big.npy"), "-o", file("y.npy"), "--n-epochs", "1000000",
                                  "--save-model", file("m"), "--json"},
                                 " epochs");
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out)["exit_code"], 130);
  EXPECT_EQ(read_text_file(file("y.npy")), "old");
  std::set<std::string> after;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    after.insert(entry.path().filename());
  EXPECT_EQ(after, before);
}

TEST_F(ArraySteps, BadArraysAreRefused) {
  ASSERT_OK(write_npy(file("empty.npy"), MatrixF(0, 4).view()));
  const Outcome empty = run_program({"umap", file("empty.npy"), "-o", file("y.npy")});
  EXPECT_EQ(empty.code, 1);
  EXPECT_THAT(empty.err, HasSubstr("0 rows"));
  ASSERT_OK(write_npy(file("one.npy"), MatrixF(1, 4).view()));
  EXPECT_EQ(run_program({"umap", file("one.npy"), "-o", file("y.npy")}).code, 1);
  EXPECT_EQ(run_program({"hdbscan", file("one.npy"), "--labels", file("y.npy")}).code, 0);
}

}  // namespace
}  // namespace clipcluster
