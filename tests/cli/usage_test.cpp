#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "clipcluster/array_files.h"
#include "clipcluster/version.h"

namespace clipcluster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::run_program;
using testing::TemporaryFolder;

const char* const subcommands[] = {"run", "assign", "report", "info", "eval",    "embed", "text",
                                   "knn", "pca",    "umap",   "tsne", "hdbscan", "fit"};

void expect_usage(const std::vector<std::string>& arguments, const std::string& sentence) {
  const Outcome outcome = run_program(arguments);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(sentence));
  EXPECT_THAT(outcome.err, HasSubstr("--help"));
  EXPECT_EQ(outcome.out, "");
}

TEST(Usage, HelpOfEverySubcommandShowsAnExample) {
  for (const char* name : subcommands) {
    const Outcome outcome = run_program({name, "--help"});
    EXPECT_EQ(outcome.code, 0) << name;
    EXPECT_THAT(outcome.out, HasSubstr(std::string("Example:\n  clipcluster ") + name));
    for (const char* option : {"--threads", "--seed", "--quiet", "--verbose", "--json"}) {
      EXPECT_THAT(outcome.out, HasSubstr(option)) << name;
    }
  }
}

TEST(Usage, HelpAndVersionOfTheProgram) {
  const Outcome help = run_program({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* name : subcommands) EXPECT_THAT(help.out, HasSubstr(name));
  const Outcome version_outcome = run_program({"--version"});
  EXPECT_EQ(version_outcome.code, 0);
  EXPECT_EQ(version_outcome.out, std::string("clipcluster ") + version() + "\n");
}

TEST(Usage, WrongCommandLines) {
  expect_usage({}, "subcommand");
  expect_usage({"clusterize"}, "there is no command 'clusterize'; the commands are run, assign,");
  expect_usage({""}, "there is no command ''");
  expect_usage({"knn"}, "X is required");
  expect_usage({"pca", "x.npy"}, "--output is required");
  expect_usage({"umap", "x.npy", "-o", "y.npy", "--wrong"}, "--wrong");
  expect_usage({"knn", "x.npy"}, "nothing to write");
}

TEST(Usage, ANewProjectNeedsInputs) {
  const TemporaryFolder folder;
  expect_usage({"run", "-o", folder.file("new")}, "give the folders or files that it should be made of");
  EXPECT_FALSE(std::filesystem::exists(folder.file("new")));
}

TEST(Usage, ValuesOutOfRangeAreNamedWithWhatIsAllowed) {
  expect_usage({"knn", "x.npy", "--indices", "i.npy", "--k", "0"},
               "--k: '0' cannot be used; give a whole number of at least 1");
  expect_usage({"knn", "x.npy", "--indices", "i.npy", "--k", "many"}, "--k: 'many' cannot be used");
  expect_usage({"knn", "x.npy", "--indices", "i.npy", "--k", "99999999999"},
               "--k: '99999999999' cannot be used");
  expect_usage({"knn", "x.npy", "--indices", "i.npy", "--metric", "manhattan"},
               "--metric: 'manhattan' is not known; give cosine or euclidean");
  expect_usage({"tsne", "x.npy", "-o", "y.npy", "--n-components", "5"},
               "--n-components: '5' cannot be used");
  expect_usage({"tsne", "x.npy", "-o", "y.npy", "--perplexity", "0.2"},
               "--perplexity: '0.2' cannot be used");
  expect_usage({"umap", "x.npy", "-o", "y.npy", "--n-neighbors", "1"}, "--n-neighbors: '1' cannot be used");
  expect_usage({"umap", "x.npy", "-o", "y.npy", "--min-dist", "-0.5"}, "--min-dist: '-0.5' cannot be used");
  expect_usage({"umap", "x.npy", "-o", "y.npy", "--min-dist", "nan"}, "--min-dist: 'nan' cannot be used");
  expect_usage({"umap", "x.npy", "-o", "y.npy", "--seed", "-1"}, "--seed: '-1' cannot be used");
  expect_usage({"umap", "x.npy", "-o", "y.npy", "--threads", "-2"}, "--threads: '-2' cannot be used");
  expect_usage({"umap", "x.npy", "-o", "y.npy", "--set-op-mix-ratio", "1.5"},
               "--set-op-mix-ratio: '1.5' cannot be used; give a number of at least 0 and at most 1");
  expect_usage({"hdbscan", "y.npy", "--labels", "l.npy", "--min-cluster-size", "1"},
               "--min-cluster-size: '1' cannot be used");
  expect_usage({"run", "x", "-o", "p", "--test-fraction", "1"},
               "--test-fraction: '1' cannot be used; give a number of at least 0 and below 1");
}

TEST(Usage, OptionsThatDoNotFitTogether) {
  const TemporaryFolder folder;
  const std::string x = folder.file("x.npy");
  ASSERT_OK(write_npy(x, testing::grouped_points(2, 10, 3).view()));
  const std::string y = folder.file("y.npy");
  expect_usage({"umap", x, "-o", y, "--min-dist", "2"}, "--min-dist 2 is above --spread 1");
  expect_usage({"tsne", x, "-o", y, "--n-components", "3", "--tsne-method", "interpolation"}, "barnes-hut");
  expect_usage({"tsne", x, "-o", y, "--load-model", "m", "--perplexity", "3"}, "--perplexity");
  expect_usage({"pca", x, "-o", y, "--inverse"}, "--load-model");
  expect_usage({"fit", "--embeddings", x, "-o", "p", "--reducer", "pca", "--pca-components", "2"},
               "--n-components");
  expect_usage({"fit", "--embeddings", x, "-o", "p", "--reducer", "tsne", "--n-components", "5"},
               "2 or 3 columns");
  expect_usage({"umap", x, "-o", y, "--load-model", "m", "--n-components", "3"},
               "--n-components cannot be given together with --load-model");
  expect_usage({"pca", x, "-o", y, "--save-model", "m", "--load-model", "m"}, "excludes");
  expect_usage({"pca", x, "-o", y, "--n-components", "4"}, "give at most 3");
  expect_usage({"hdbscan", x, "--labels", y, "--probabilities", y}, "both name");
  expect_usage({"hdbscan", x, "--labels", y, "--max-cluster-size", "3"},
               "--max-cluster-size 3 is below --min-cluster-size 5");
  expect_usage({"hdbscan", x, "--labels", y, "--compatible-prediction"}, "needs --load-model");
  EXPECT_FALSE(std::filesystem::exists(y));
}

TEST(Usage, FailuresAreSentencesAndExitCodeOne) {
  const TemporaryFolder folder;
  const Outcome missing = run_program({"pca", folder.file("none.npy"), "-o", folder.file("y.npy")});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("none.npy"));
  const Outcome no_folder = run_program({"pca", "x.npy", "-o", folder.file("no/y.npy")});
  EXPECT_EQ(no_folder.code, 1);
  EXPECT_THAT(no_folder.err, HasSubstr("there is no folder"));
  const Outcome no_project = run_program({"info", folder.file("none")});
  EXPECT_EQ(no_project.code, 1);
  EXPECT_THAT(no_project.err, HasSubstr("none"));
}

TEST(Usage, FailuresAreJsonTooWhenAskedFor) {
  const Outcome outcome = run_program({"pca", "/nowhere/x.npy", "-o", "/tmp/y.npy", "--json"});
  EXPECT_EQ(outcome.code, 1);
  const auto result = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(result["command"], "pca");
  EXPECT_EQ(result["exit_code"], 1);
  EXPECT_THAT(result["error"].get<std::string>(), HasSubstr("/nowhere/x.npy"));
}

TEST(Usage, NamesWithBracketsAndSubcommandNamesAreTakenAsTheyAre) {
  const TemporaryFolder folder;
  std::filesystem::current_path(folder.path());
  ASSERT_OK(write_npy("[a,b]", testing::grouped_points(2, 10, 3).view()));
  const Outcome brackets = run_program({"pca", "[a,b]", "-o", "[out]"});
  EXPECT_EQ(brackets.code, 0) << brackets.err;
  EXPECT_TRUE(std::filesystem::exists("[out]"));
  const Outcome named_info = run_program({"embed", "[x,y]", "info", "-o", "e.npy"});
  EXPECT_EQ(named_info.code, 1);
  EXPECT_THAT(named_info.err, HasSubstr("'[x,y]'"));
  EXPECT_THAT(named_info.err, HasSubstr("'info'"));
  std::filesystem::current_path("/");
}

}  // namespace
}  // namespace clipcluster
