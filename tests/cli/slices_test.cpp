// run --where, refine, compare and info --by, --tree through the program.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "clipcluster/array_files.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::run_program;
using testing::TemporaryFolder;

class SliceCommands : public ::testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder_.file(name); }
  Outcome run(const std::vector<std::string>& arguments, int code = 0) const {
    Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    return outcome;
  }
  void write_pictures() const {
    for (int kind = 0; kind < 3; ++kind) {
      fs::create_directories(file("in/kind" + std::to_string(kind)));
      for (int i = 0; i < 14; ++i) testing::write_picture(picture(kind, i), kind, i);
    }
  }
  std::string picture(int kind, int i) const {
    return file("in/kind" + std::to_string(kind) + "/" + std::to_string(i) + ".jpg");
  }
  TemporaryFolder folder_;
};

TEST_F(SliceCommands, OneCategoryIsRememberedAndRefined) {
  write_pictures();
  std::string csv = "path,user\n";
  for (int i = 0; i < 14; ++i) {
    csv += "in/kind0/" + std::to_string(i) + ".jpg,ann\n";
    if (i != 3) csv += "in/kind1/" + std::to_string(i) + ".jpg," + (i < 7 ? "bob" : "cid") + "\n";
  }
  testing::write_text_file(file("m.csv"), csv);
  const Outcome first = run({"run", file("in"), "-o", file("p"), "--where", "path != kind2/*", "--where",
                             "user = *", "--metadata", file("m.csv"), "--min-cluster-size", "5", "--json"});
  const json made = json::parse(first.out);
  EXPECT_EQ(made["files"], 27);
  EXPECT_EQ(made["selection"]["found"], 42);
  EXPECT_EQ(made["selection"]["without_metadata"], 15);
  EXPECT_THAT(first.err, HasSubstr("27 of 42 images meet path != kind2/* and user = *"));
  const json again = json::parse(run({"run", "-o", file("p"), "--no-page", "--json", "-q"}).out);
  EXPECT_EQ(again["files"], 27);
  EXPECT_EQ(again["embedded"], 0);
  const json info = json::parse(run({"info", file("p"), "--json"}).out);
  EXPECT_EQ(info["where"], json({"path != kind2/*", "user = *"}));
  EXPECT_EQ(info["metadata"], file("m.csv"));
  EXPECT_THAT(run({"info", file("p")}).out, HasSubstr("where        path != kind2/* and user = *"));
  const json by = json::parse(run({"info", file("p"), "--by", "user", "--json"}).out);
  EXPECT_EQ(by["column"], "user");
  EXPECT_EQ(by["values"].size(), 3U);
  EXPECT_THAT(run({"info", file("p"), "--by", "folder"}).out, HasSubstr("kind1"));

  // The former conditions go with the former inputs.
  const Outcome all = run({"run", file("in"), "-o", file("p"), "--min-cluster-size", "5", "--json"});
  EXPECT_THAT(all.err, HasSubstr("no longer holds"));
  const json everything = json::parse(all.out);
  EXPECT_EQ(everything["files"], 42);
  ASSERT_GE(everything["clusters"].size(), 2U);

  const json slice = json::parse(
      run({"refine", file("p"), "--cluster", "0", "--cluster", "1", "--min-cluster-size", "4", "--json"})
          .out);
  EXPECT_EQ(slice["embedded"], 0);
  EXPECT_EQ(slice["project"], file("p/slices/cluster-0+1"));
  EXPECT_TRUE(fs::exists(file("p/slices/cluster-0+1/page/index.html")));
  const std::string inner = file("p/slices/cluster-0+1");
  EXPECT_THAT(run({"info", inner}).out, HasSubstr("slice of     " + file("p") + ": clusters 0, 1"));
  EXPECT_EQ(json::parse(run({"assign", inner, picture(0, 0)}).out).contains("error"), false);
  EXPECT_THAT(run({"run", file("in"), "-o", inner}, 1).err, HasSubstr("refine " + file("p")));
  run({"report", inner});
  // The slice's pictures lie inside the project, but are not its images.
  EXPECT_EQ(json::parse(run({"run", "-o", file("p"), "--no-page", "--json"}).out)["files"], 42);
}

TEST_F(SliceCommands, WrongConditionsAreToldBeforeAProjectIsMade) {
  write_pictures();
  EXPECT_THAT(run({"run", file("in"), "-o", file("p"), "--where", "cats"}, 1).err,
              HasSubstr("NAME = PATTERN"));
  testing::write_text_file(file("m.csv"), "path,user\n");
  EXPECT_THAT(
      run({"run", file("in"), "-o", file("p"), "--where", "land=x", "--metadata", file("m.csv")}, 1).err,
      HasSubstr("beside path it has user"));
  EXPECT_FALSE(fs::exists(file("p")));
  EXPECT_THAT(run({"run", file("in"), "-o", file("p"), "--where", "path = dogs/*"}, 1).err,
              HasSubstr("none of 42 images meets every condition: 'path = dogs/*' holds for 0"));
  EXPECT_THAT(run({"run", "-o", file("p"), "--where", "path=x", "--no-where"}, 2).err,
              HasSubstr("exclude each other"));
}

TEST_F(SliceCommands, TwoFitsAreCompared) {
  ASSERT_OK(write_npy(file("x.npy"), testing::grouped_points(4, 40, 6).view()));
  for (const char* seed : {"1", "2"}) {
    run({"fit", "--embeddings", file("x.npy"), "-o", file(std::string("p") + seed), "--reducer", "pca",
         "--n-components", "4", "--metric", "euclidean", "--min-cluster-size", "10", "--seed", seed, "-q"});
  }
  const json found = json::parse(run({"compare", file("p1"), file("p2"), "--json"}).out);
  EXPECT_EQ(found["joined_by"], "name");
  EXPECT_EQ(found["common"], 160);
  EXPECT_EQ(found["ari"], 1.0);
  ASSERT_GE(found["a"]["clusters"].size(), 2U);
  for (const json& cluster : found["a"]["clusters"]) EXPECT_EQ(cluster["fate"], "same");
  EXPECT_THAT(run({"compare", file("p1"), file("p2"), "-q"}).out, HasSubstr("same as"));
  EXPECT_THAT(run({"compare", file("p1"), file("none")}, 1).err, HasSubstr("none"));

  const json info = json::parse(run({"info", file("p1"), "--json"}).out);
  EXPECT_EQ(info["hierarchy"].size(), 2 * info["clusters"].size() - 1);
  for (const json& cluster : info["clusters"]) EXPECT_TRUE(cluster["parent"].is_number());
  EXPECT_THAT(run({"info", file("p1"), "--tree"}).out, HasSubstr("parts at"));
  EXPECT_THAT(run({"info", file("p1"), "--tree", "--by", "x"}, 2).err, HasSubstr("exclude each other"));
  EXPECT_THAT(run({"refine", file("p1")}, 2).err, HasSubstr("which cluster?"));
  EXPECT_THAT(run({"refine", file("p1"), "--cluster", "99"}, 1).err, HasSubstr("the clusters are 0 to"));
}

}  // namespace
}  // namespace clipcluster
