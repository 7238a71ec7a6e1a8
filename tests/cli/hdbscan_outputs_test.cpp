// What `hdbscan` writes besides labels.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

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

class HdbscanOutputs : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(write_npy(file("x.npy"), testing::grouped_points(3, 40, 8).view())); }
  std::string file(const std::string& name) const { return folder_.file(name); }
  Outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"hdbscan", file("x.npy"), "--labels", file("l.npy")});
    return run_program(arguments);
  }
  TemporaryFolder folder_;
};

TEST_F(HdbscanOutputs, TreesMembershipAndExemplars) {
  const Outcome outcome =
      run({"--min-cluster-size", "10", "--tree", file("t.csv"), "--linkage", file("s.npy"),
           "--spanning-tree", file("e.json"), "--exemplars", file("x.csv"), "--membership", file("m.npy"),
           "--save-model", file("model"), "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  EXPECT_EQ(result["clusters"], 3);
  EXPECT_GT(result["relative_validity"].get<double>(), 0.0);
  EXPECT_EQ(read_text_file(file("t.csv")).rfind("parent,child,lambda,child_size\n120,", 0), 0U);
  EXPECT_THAT(npy_header(file("s.npy")), HasSubstr("(119, 4)"));
  const json edges = json::parse(read_text_file(file("e.json")));
  EXPECT_EQ(edges["a"].size(), 119U);
  EXPECT_EQ(edges["distance"].size(), 119U);
  EXPECT_EQ(read_text_file(file("x.csv")).rfind("label,row\n0,", 0), 0U);
  EXPECT_THAT(npy_header(file("m.npy")), HasSubstr("'<f4'"));
  EXPECT_THAT(npy_header(file("m.npy")), HasSubstr("(120, 3)"));

  const Outcome predicted = run({"--load-model", file("model"), "--membership", file("m2.npy"), "--json"});
  ASSERT_EQ(predicted.code, 0) << predicted.err;
  EXPECT_TRUE(json::parse(predicted.out)["relative_validity"].is_null());
  EXPECT_EQ(read_text_file(file("m.npy")), read_text_file(file("m2.npy")));
}

TEST_F(HdbscanOutputs, CosineModelsRememberTheirMetric) {
  const Outcome outcome = run({"--metric", "cosine", "--save-model", file("model")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string labels = read_text_file(file("l.npy"));
  ASSERT_EQ(run({"--load-model", file("model")}).code, 0);
  EXPECT_EQ(read_text_file(file("l.npy")), labels);
}

TEST_F(HdbscanOutputs, RefusesWhatCannotBeWritten) {
  EXPECT_THAT(run({"--tree", file("t.txt")}).err, HasSubstr(".csv, .json or .npy"));
  EXPECT_THAT(run({"--metric", "manhattan"}).err, HasSubstr("--metric"));
  ASSERT_EQ(run({"--save-model", file("model")}).code, 0);
  EXPECT_THAT(run({"--load-model", file("model"), "--tree", file("t.csv")}).err, HasSubstr("--load-model"));
}

}  // namespace
}  // namespace clipcluster
