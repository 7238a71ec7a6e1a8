#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/program.h"
#include "clipcluster/array_files.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::run_program;
using testing::TemporaryFolder;
using testing::write_picture;
using testing::write_text_file;

std::vector<json> json_lines(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

class ProjectCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int kind = 0; kind < 3; ++kind) {
      const std::string folder = file("in/kind" + std::to_string(kind));
      fs::create_directories(folder);
      for (int i = 0; i < 16; ++i) write_picture(folder + "/" + std::to_string(i) + ".jpg", kind, i);
    }
    fs::copy(file("in/kind0/0.jpg"), file("in/kind0/copy.jpg"));
  }
  std::string file(const std::string& name) const { return folder_.file(name); }
  Outcome run(const std::vector<std::string>& arguments, int code = 0,
              const std::string& input = "") const {
    Outcome outcome = run_program(arguments, input);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    return outcome;
  }
  std::string summary_of_page() const {
    for (const char* name :
         {"p/page/clipcluster-page-1/summary.js", "p/page/clipcluster-page-2/summary.js"}) {
      if (fs::exists(file(name))) return testing::read_text_file(file(name));
    }
    return {};
  }
  TemporaryFolder folder_;
};

TEST_F(ProjectCommands, FromImagesToAnswers) {
  const json made =
      json::parse(run({"run", file("in"), "-o", file("p"), "--min-cluster-size", "5", "--json"}).out);
  EXPECT_EQ(made["files"], 49);
  EXPECT_EQ(made["distinct"], 48);
  EXPECT_EQ(made["duplicates"], 1);
  EXPECT_EQ(made["page"], file("p/page/index.html"));
  EXPECT_TRUE(fs::exists(file("p/page/index.html")));

  const json info = json::parse(run({"info", file("p"), "--json"}).out);
  EXPECT_EQ(info["files"], 49);
  EXPECT_EQ(info["clusters"].size(), made["clusters"].size());
  EXPECT_THAT(run({"info", file("p"), "-q"}).out, HasSubstr("clusters"));

  run({"report", file("p"), "-o", file("page"), "--title", "Stripes"});
  EXPECT_TRUE(fs::exists(file("page/index.html")));

  const json scores = json::parse(run({"eval", file("p"), "--labels", "folders", "--json"}).out)["scores"];
  EXPECT_EQ(scores["classes"], 3);
  const Outcome table = run({"eval", file("p"), "--labels", "folders"});
  for (const char* word : {"ARI", "AMI", "NMI", "purity", "without noise"})
    EXPECT_THAT(table.out, HasSubstr(word));
}

TEST_F(ProjectCommands, ThePageShowsWhatEvalFound) {
  const std::vector<std::string> eval = {"eval", file("p"), "--labels", "folders", "--json"};
  run({"run", file("in"), "-o", file("p"), "--min-cluster-size", "5", "-q"});
  EXPECT_EQ(json::parse(run(eval).out)["page_written"], false) << "there are no confidences";
  run({"run", file("in"), "-o", file("p"), "--min-cluster-size", "5", "--consensus", "2", "-q"});
  EXPECT_THAT(summary_of_page(), HasSubstr("\"reliability\":null"));
  EXPECT_EQ(json::parse(run(eval).out)["page_written"], true);
  EXPECT_THAT(summary_of_page(), HasSubstr("expected_calibration_error"));
}

TEST_F(ProjectCommands, SecondRunEmbedsOnlyWhatIsNew) {
  run({"run", file("in"), "-o", file("p"), "--no-page", "-q"});
  EXPECT_FALSE(fs::exists(file("p/page")));
  write_picture(file("in/kind1/new.jpg"), 1, 40);
  const json again = json::parse(run({"run", file("in"), "-o", file("p"), "--no-page", "--json"}).out);
  EXPECT_EQ(again["embedded"], 1);
  EXPECT_EQ(again["reused"], 48);
}

TEST_F(ProjectCommands, AssignAnswersEachImageTheSameHoweverItIsAsked) {
  run({"run", file("in"), "-o", file("p"), "--no-page", "-q"});
  write_picture(file("new.jpg"), 2, 33);
  write_text_file(file("bad.jpg"), "no image");
  const Outcome alone = run({"assign", file("p"), file("new.jpg"), "--nearest", "3"});
  const std::vector<json> one = json_lines(alone.out);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0]["path"], file("new.jpg"));
  EXPECT_EQ(one[0]["nearest"].size(), 3U);
  EXPECT_EQ(one[0]["known"], false);

  const Outcome batch = run({"assign", file("p"), file("in/kind0"), file("new.jpg"), file("bad.jpg"),
                             "--nearest", "3", "--threads", "4"},
                            3);
  const std::vector<json> many = json_lines(batch.out);
  ASSERT_EQ(many.size(), 19U);
  EXPECT_EQ(many[0]["known"], true);
  EXPECT_EQ(many[17].dump(), one[0].dump());
  EXPECT_EQ(many[18]["path"], file("bad.jpg"));
  EXPECT_TRUE(many[18]["error"].contains("reason"));

  const Outcome piped = run({"assign", file("p"), "-", "--nearest", "3"}, 0, file("new.jpg") + "\n");
  EXPECT_EQ(piped.out, alone.out);
  const Outcome null_piped =
      run({"assign", file("p"), "-", "--nearest", "3", "--null"}, 0, file("new.jpg") + '\0');
  EXPECT_EQ(null_piped.out, alone.out);
}

TEST_F(ProjectCommands, SkippedImagesAreExitCodeThree) {
  write_text_file(file("in/kind0/broken.jpg"), "no image");
  const Outcome outcome = run({"run", file("in"), "-o", file("p"), "--no-page"}, 3);
  EXPECT_THAT(outcome.out, HasSubstr("skipped      1 file"));
}

TEST_F(ProjectCommands, HeldOutImagesAreReported) {
  const json made = json::parse(
      run({"run", file("in"), "-o", file("p"), "--no-page", "--test-fraction", "0.25", "--json"}).out);
  EXPECT_EQ(made["split"]["held_out"].get<int>() + made["split"]["training"].get<int>(), 48);
}

TEST_F(ProjectCommands, InterruptedRunGoesOnLater) {
  const Outcome stopped = testing::run_and_interrupt(
      {"run", file("in"), "-o", file("p"), "--no-page", "--n-epochs", "100000000"}, " epochs");
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  const json made = json::parse(run({"run", file("in"), "-o", file("p"), "--no-page", "--json"}).out);
  EXPECT_EQ(made["embedded"], 0);
  EXPECT_EQ(made["reused"], 48);
}

TEST_F(ProjectCommands, FitAProjectFromAnArray) {
  ASSERT_OK(write_npy(file("x.npy"), testing::grouped_points(3, 40, 8).view()));
  std::string names;
  std::string labels = "path,label\n";
  for (int i = 0; i < 120; ++i) {
    names += "item" + std::to_string(i) + "\n";
    labels += "item" + std::to_string(i) + "," + std::to_string(i / 40) + "\n";
  }
  write_text_file(file("names.txt"), names);
  write_text_file(file("labels.csv"), labels);
  const json made = json::parse(
      run({"fit", "--embeddings", file("x.npy"), "--list", file("names.txt"), "-o", file("p"), "--json"})
          .out);
  EXPECT_EQ(made["clusters"].size(), 3U);
  const json scores = json::parse(run({"eval", file("p"), "--labels", file("labels.csv"), "--json"}).out);
  EXPECT_EQ(scores["unlabelled"], 0);
  EXPECT_GT(scores["scores"]["without_noise"]["ari"].get<double>(), 0.95);

  const std::vector<json> answers =
      json_lines(run({"assign", file("p"), "--embeddings", file("x.npy"), "--nearest", "1"}).out);
  ASSERT_EQ(answers.size(), 120U);
  EXPECT_EQ(answers[7]["row"], 7);
  EXPECT_EQ(answers[7]["known"], true);
  EXPECT_EQ(answers[7]["nearest"].size(), 1U);
  run({"assign", file("p")}, 2);

  write_text_file(file("names.txt"), "only one\n");
  const Outcome wrong =
      run({"fit", "--embeddings", file("x.npy"), "--list", file("names.txt"), "-o", file("q")}, 1);
  EXPECT_THAT(wrong.err, HasSubstr("1 line, but"));
}

TEST_F(ProjectCommands, ClustersGetNamesAndThoseByHandStay) {
  setenv("XDG_CACHE_HOME", file("cache").c_str(), 1);
  run({"run", file("in"), "-o", file("p"), "--min-cluster-size", "5", "-q"});
  const json first = json::parse(run({"name", file("p"), "--json", "--top", "3"}).out);
  EXPECT_GT(first["texts_embedded"], 0);
  EXPECT_EQ(first["page_written"], true);
  std::set<std::string> names;
  for (const json& cluster : first["clusters"]) {
    EXPECT_EQ(cluster["candidates"].size(), 3U);
    EXPECT_EQ(cluster["source"], "model");
    names.insert(cluster["name"].get<std::string>());
  }
  ASSERT_FALSE(names.empty());
  const json& best = first["clusters"][0]["candidates"][0]["name"];
  EXPECT_THAT(summary_of_page(), HasSubstr("\"fitting_words\":[[" + best.dump()));
  EXPECT_EQ(names.size(), first["clusters"].size());

  run({"name", file("p"), "--cluster", "0", "--set", "red stripes", "-q"});
  write_text_file(file("words.txt"), "# mine\nred stripes\nzebra\nflag\nwindow\nblanket\n");
  const json again =
      json::parse(run({"name", file("p"), "--vocabulary", file("words.txt"), "--json"}).out)["clusters"];
  EXPECT_EQ(again[0]["name"], "red stripes");
  EXPECT_EQ(again[0]["source"], "person");
  for (std::size_t i = 1; i < again.size(); ++i) EXPECT_NE(again[i]["name"], "red stripes");
  const json info = json::parse(run({"info", file("p"), "--json"}).out);
  EXPECT_EQ(info["clusters"][0]["name"], "red stripes");
  EXPECT_THAT(run({"assign", file("p"), file("in/kind0"), "-q"}).out, HasSubstr("\"name\":\""));
  const Outcome same_fit = run({"run", file("in"), "-o", file("p"), "--min-cluster-size", "5"});
  EXPECT_THAT(same_fit.out + same_fit.err, HasSubstr("names        "));
  EXPECT_THAT(same_fit.out + same_fit.err, HasSubstr("red stripes"));
  EXPECT_THAT(run({"info", file("p"), "-q"}).out, HasSubstr("red stripes"));

  const json cached = json::parse(run({"name", file("p"), "--overwrite", "--json"}).out);
  EXPECT_EQ(cached["texts_embedded"], 0);
  EXPECT_EQ(cached["clusters"][0]["source"], "model");
  const json cleared = json::parse(run({"name", file("p"), "--clear", "--json"}).out);
  for (const json& cluster : cleared["clusters"]) EXPECT_TRUE(cluster["name"].is_null());
  unsetenv("XDG_CACHE_HOME");
}

TEST_F(ProjectCommands, NamingSaysWhatIsWrong) {
  run({"run", file("in"), "-o", file("p"), "--no-page", "-q"});
  EXPECT_THAT(run({"name", file("p"), "--vocabulary", file("none.txt")}, 1).err, HasSubstr("none.txt"));
  write_text_file(file("bad.txt"), "cat\nK\xE4se\n");
  EXPECT_THAT(run({"name", file("p"), "--vocabulary", file("bad.txt")}, 1).err, HasSubstr("line 2"));
  EXPECT_THAT(run({"name", file("p"), "--template", "a photo"}, 1).err, HasSubstr("{}"));
  EXPECT_THAT(run({"name", file("p"), "--cluster", "99", "--set", "x"}, 1).err, HasSubstr("no cluster 99"));
  EXPECT_THAT(run({"name", file("p"), "--set", "x"}, 2).err, HasSubstr("--cluster"));
  EXPECT_THAT(run({"name", file("nothing")}, 1).err, HasSubstr("no project"));
  EXPECT_FALSE(fs::exists(file("nothing")));
}

TEST_F(ProjectCommands, SearchFindsTheNearestImages) {
  run({"run", file("in"), "-o", file("p"), "--no-page", "-q"});
  const json by_image = json::parse(
      run({"search", file("p"), "--image", file("in/kind0/0.jpg"), "--top", "4", "--json"}).out);
  const json& images = by_image["queries"][0]["images"];
  ASSERT_EQ(images.size(), 4U);
  EXPECT_EQ(images[0]["path"], file("in/kind0/0.jpg"));
  EXPECT_NEAR(images[0]["similarity"].get<double>(), 1.0, 1e-6);
  ASSERT_EQ(images[0]["copies"].size(), 1U);
  EXPECT_EQ(images[0]["copies"][0]["path"], file("in/kind0/copy.jpg"));
  for (std::size_t i = 1; i < images.size(); ++i)
    EXPECT_GE(images[i - 1]["similarity"].get<double>(), images[i]["similarity"].get<double>());

  write_picture(file("new.jpg"), 2, 77);
  EXPECT_THAT(run({"search", file("p"), "--image", file("new.jpg"), "--top", "1", "--paths"}).out,
              HasSubstr(file("in/kind2/")));
  const Outcome words = run({"search", file("p"), "a red flag", "stripes", "--top", "5", "-0"});
  EXPECT_EQ(std::count(words.out.begin(), words.out.end(), '\0'), 10);
  EXPECT_THAT(run({"search", file("p"), "--cluster", "0", "--top", "2"}).out, HasSubstr(file("in/kind")));

  fs::remove(file("in/kind0/0.jpg"));
  fs::remove(file("in/kind0/copy.jpg"));
  run({"run", file("in"), "-o", file("p"), "--no-page", "-q"});
  const json all = json::parse(run({"search", file("p"), "red", "--top", "1000", "--json"}).out);
  EXPECT_EQ(all["queries"][0]["images"].size(), 47U);

  EXPECT_THAT(run({"search", file("p"), "--cluster", "99"}, 1).err, HasSubstr("no cluster 99"));
  EXPECT_THAT(run({"search", file("p"), "--image", file("none.jpg")}, 1).err, HasSubstr("none.jpg"));
  run({"search", file("p")}, 2);
}

TEST_F(ProjectCommands, SearchWithoutImages) {
  ASSERT_OK(write_npy(file("x.npy"), testing::grouped_points(3, 40, 8).view()));
  run({"fit", "--embeddings", file("x.npy"), "-o", file("p"), "-q"});
  const json found = json::parse(run({"search", file("p"), "--row", "50", "--top", "3", "--json"}).out);
  EXPECT_EQ(found["queries"][0]["images"][0]["path"], "row 50");
  EXPECT_THAT(run({"search", file("p"), "a dog"}, 1).err, HasSubstr("made from embeddings"));
  EXPECT_THAT(run({"search", file("p"), "--image", file("in/kind0/0.jpg")}, 1).err, HasSubstr("no images"));
  EXPECT_THAT(run({"name", file("p")}, 1).err, HasSubstr("made from embeddings"));
  EXPECT_THAT(run({"search", file("p"), "--row", "120"}, 1).err, HasSubstr("0 to 119"));
}

TEST_F(ProjectCommands, RunCanLookForNearDuplicatesItself) {
  run({"run", file("in"), "-o", file("p"), "--min-cluster-size", "5", "--dedup", "--keep", "oldest", "-q"});
  const json at_once = json::parse(run({"run", "-o", file("p"), "--min-cluster-size", "5", "--json"}).out);
  run({"run", file("in"), "-o", file("q"), "--min-cluster-size", "5", "-q"});
  const json found = json::parse(run({"dedup", file("q"), "--keep", "oldest", "--json"}).out);
  const json after = json::parse(run({"run", "-o", file("q"), "--min-cluster-size", "5", "--json"}).out);
  EXPECT_GT(found["copies"], 0);
  EXPECT_EQ(at_once["clusters"], after["clusters"]);
  EXPECT_EQ(at_once["noise"], after["noise"]);
  EXPECT_THAT(run({"run", "-o", file("p"), "--keep", "oldest"}, 2).err, HasSubstr("--dedup"));
}

TEST_F(ProjectCommands, DedupListsGroupsAndRunFollows) {
  run({"run", file("in"), "-o", file("p"), "--min-cluster-size", "5", "-q"});
  const json found = json::parse(run({"dedup", file("p"), "--export", file("groups.jsonl"), "--json"}).out);
  EXPECT_EQ(found["images"], 48);
  const std::size_t copies = found["copies"];
  const std::size_t exact = found["exact"];
  std::size_t exported = 0;
  for (const json& group : json_lines(testing::read_text_file(file("groups.jsonl")))) {
    exported += group["copies"].size();
  }
  EXPECT_GT(copies, 0U);
  EXPECT_EQ(exported, copies + exact);
  const json again = json::parse(run({"run", "-o", file("p"), "--min-cluster-size", "5", "--json"}).out);
  EXPECT_EQ(again["embedded"], 0);
  EXPECT_THAT(run({"dedup", file("p"), "--keep", "newest"}, 2).err, HasSubstr("shortest-path"));
  run({"dedup", file("p"), "--forget"});
  EXPECT_NE(run_program({"dedup", file("nowhere")}).code, 0);
}

}  // namespace
}  // namespace clipcluster
