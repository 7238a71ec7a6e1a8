#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "clipcluster/array_files.h"
#include "support/archives.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::read_text_file;
using testing::run_program;
using testing::TemporaryFolder;
using testing::write_picture;
using testing::write_text_file;

void expect_unit_rows(const std::string& path) {
  const auto array = read_npy<float>(path);
  ASSERT_OK(array);
  for (std::size_t i = 0; i < array->rows(); ++i) {
    double square = 0.0;
    for (std::size_t j = 0; j < array->cols(); ++j) square += std::pow(array->row(i)[j], 2);
    EXPECT_NEAR(square, 1.0, 1e-4) << i;
  }
}

class ImageSteps : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(file("in/sub"));
    for (int i = 0; i < 4; ++i) write_picture(file("in/" + std::to_string(i) + ".jpg"), i % 2, i);
    write_picture(file("in/sub/line\nbreak.jpg"), 1, 9);
  }
  std::string file(const std::string& name) const { return folder_.file(name); }
  TemporaryFolder folder_;
};

TEST_F(ImageSteps, EmbedWritesOneRowAPath) {
  const Outcome outcome = run_program({"embed", file("in"), "-o", file("e.npy"), "--list", file("f.txt"),
                                       "--skipped", file("s.jsonl"), "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("using the built-in demonstration model clip-mini; for real work get "
                                     "a CLIP model (clipcluster model list) and name it with --model"));
  const json result = json::parse(outcome.out);
  EXPECT_EQ(result["rows"], 5);
  expect_unit_rows(file("e.npy"));
  EXPECT_EQ(read_text_file(file("s.jsonl")), "");
  std::string expected;
  for (int i = 0; i < 4; ++i) expected += file("in/" + std::to_string(i) + ".jpg") + "\n";
  EXPECT_EQ(read_text_file(file("f.txt")), expected + "\\" + file("in/sub/line\\nbreak.jpg") + "\n");
}

TEST_F(ImageSteps, NullEndsPathsUnchanged) {
  const Outcome outcome =
      run_program({"embed", file("in/sub"), "-o", file("e.npy"), "--list", file("f.txt"), "--null", "-q"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(read_text_file(file("f.txt")), file("in/sub/line\nbreak.jpg") + '\0');
}

TEST_F(ImageSteps, SkippedFilesAreExitCodeThree) {
  write_text_file(file("in/broken.jpg"), "this is no image");
  const Outcome outcome = run_program(
      {"embed", file("in"), file("missing.png"), "-o", file("e.npy"), "--skipped", file("s.jsonl")});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("broken.jpg"));
  const std::string skipped = read_text_file(file("s.jsonl"));
  EXPECT_EQ(std::count(skipped.begin(), skipped.end(), '\n'), 2);
  EXPECT_THAT(skipped, HasSubstr("\"reason\":\"not_found\""));
  EXPECT_THAT(outcome.out, HasSubstr("2 files skipped"));
}

TEST_F(ImageSteps, NothingUsableIsAFailure) {
  fs::create_directories(file("empty"));
  const Outcome outcome = run_program({"embed", file("empty"), "-o", file("e.npy")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_FALSE(fs::exists(file("e.npy")));
}

TEST_F(ImageSteps, SameBytesAtAnyThreadCount) {
  std::string first;
  for (const char* threads : {"1", "2", "4"}) {
    ASSERT_EQ(run_program({"embed", file("in"), "-o", file("e.npy"), "--threads", threads}).code, 0);
    const std::string bytes = read_text_file(file("e.npy"));
    if (first.empty()) first = bytes;
    EXPECT_EQ(bytes, first) << threads;
  }
}

TEST_F(ImageSteps, TextsFromArgumentsAndFromStandardInput) {
  const Outcome arguments = run_program(
      {"text", "a photo of a dog", "[x,y]", "-o", file("t.npy"), "--precision", "f32", "--json"});
  ASSERT_EQ(arguments.code, 0) << arguments.err;
  EXPECT_EQ(json::parse(arguments.out)["rows"], 2);
  expect_unit_rows(file("t.npy"));
  ASSERT_EQ(
      run_program({"text", "-", "-o", file("u.npy"), "--precision", "f32"}, "a photo of a dog\n[x,y]\n")
          .code,
      0);
  EXPECT_EQ(read_text_file(file("t.npy")), read_text_file(file("u.npy")));
}

TEST_F(ImageSteps, MissingModelIsASentence) {
  const Outcome outcome = run_program({"text", "x", "-o", file("t.npy"), "--model", file("none")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("none"));
}

TEST_F(ImageSteps, ArchivesGiveTheVectorsOfTheirFiles) {
  std::vector<testing::ZipMember> members;
  std::string tar;
  for (int i = 0; i < 4; ++i) {
    const std::string name = "sub/" + std::to_string(i) + ".jpg";
    const std::string content = read_text_file(file("in/" + std::to_string(i) + ".jpg"));
    members.push_back({.name = name, .content = content, .deflated = i % 2 == 1});
    tar += testing::tar_member(name, content);
  }
  write_text_file(file("a.zip"), testing::zip_archive(members));
  write_text_file(file("a.tar"), tar + testing::tar_end());
  fs::remove_all(file("in/sub"));
  ASSERT_EQ(run_program({"embed", file("in"), "-o", file("e.npy"), "-q"}).code, 0);
  for (const std::string archive : {"a.zip", "a.tar"}) {
    const Outcome outcome =
        run_program({"embed", file(archive), "-o", file("z.npy"), "--list", file("z.txt"), "-q"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(read_text_file(file("z.npy")), read_text_file(file("e.npy"))) << archive;
    EXPECT_THAT(read_text_file(file("z.txt")), HasSubstr(file(archive) + "/sub/3.jpg\n"));
  }
  write_text_file(file("cut.zip"), testing::zip_archive(members).substr(0, 300));
  const Outcome cut = run_program({"embed", file("cut.zip"), "-o", file("z.npy")});
  EXPECT_NE(cut.code, 0);
  EXPECT_THAT(cut.err, HasSubstr("cut.zip"));
}

TEST_F(ImageSteps, ModelCheckSaysWhatAModelIsAndWhatPrecisionsCost) {
  const Outcome outcome =
      run_program({"model", "check", testing::clip_mini_folder(), "--images", file("in"), "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  EXPECT_TRUE(result["problems"].empty()) << result["problems"];
  EXPECT_EQ(result["images"], 5);
  ASSERT_EQ(result["precisions"].size(), 2U);
  for (const json& price : result["precisions"]) EXPECT_GT(price["least_cosine"], 0.95) << price;
}

TEST_F(ImageSteps, ModelCheckNamesWhatIsWrong) {
  fs::copy(testing::clip_mini_folder(), file("model"), fs::copy_options::recursive);
  fs::resize_file(file("model/model.safetensors"), fs::file_size(file("model/model.safetensors")) / 2);
  const Outcome outcome = run_program({"model", "check", file("model")});
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.out + outcome.err, HasSubstr("model.safetensors"));
  EXPECT_NE(run_program({"model", "check", file("nowhere")}).code, 0);
}

TEST_F(ImageSteps, ModelBenchMeasuresThePrecisionAsked) {
  const Outcome outcome = run_program(
      {"model", "bench", testing::clip_mini_folder(), "--precision", "int8", "--batch", "2", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"precision\":\"int8\""));
  EXPECT_NE(run_program({"model", "bench", testing::clip_mini_folder(), "--batch", "0"}).code, 0);
}

}  // namespace
}  // namespace clipcluster
