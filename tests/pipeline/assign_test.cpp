#include <gmock/gmock.h>

#include <filesystem>

#include "clipcluster/parallel.h"
#include "clipcluster/pipeline.h"
#include "pipeline/pictures.h"
#include "pipeline/run_support.h"

namespace clipcluster::testing {
namespace {

using ::testing::HasSubstr;

// One project for all tests of this file: they only read it.
class Assign : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    write_pictures(folder_->file("pictures"), 20);
    RunOptions options = run_options(folder_->file("pictures"));
    options.fit.test_fraction = 0.1;
    ASSERT_OK(run_project(folder_->file("p"), options));
    for (int i = 0; i < 12; ++i) write_picture(new_picture(i), i % 3, 200 + i);
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static std::string project() { return folder_->file("p"); }
  static std::string new_picture(int i) { return folder_->file("new/" + std::to_string(100 + i) + ".jpg"); }
  static std::string other(const std::string& name) { return folder_->file(name); }

 private:
  static TemporaryFolder* folder_;
};
TemporaryFolder* Assign::folder_ = nullptr;

std::vector<Assignment> assign_all(const Assigner& assigner, const std::vector<std::string>& paths) {
  std::vector<Assignment> answers;
  const Status status = assigner.assign(paths, [&](const Assignment& answer) {
    answers.push_back(answer);
    return Status();
  });
  EXPECT_OK(status);
  return answers;
}

void expect_same(const Assignment& a, const Assignment& b) {
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.probability, b.probability);
  EXPECT_EQ(a.known, b.known);
  ASSERT_EQ(a.nearest.size(), b.nearest.size());
  for (std::size_t i = 0; i < a.nearest.size(); ++i) {
    EXPECT_EQ(a.nearest[i].path, b.nearest[i].path);
    EXPECT_EQ(a.nearest[i].similarity, b.nearest[i].similarity);
  }
}

std::vector<std::string> new_pictures(std::string (*name)(int)) {
  std::vector<std::string> paths;
  for (int i = 0; i < 12; ++i) paths.push_back(name(i));
  return paths;
}

TEST_F(Assign, AloneInABatchAndOnAnyThreadsIsTheSame) {
  const std::vector<std::string> paths = new_pictures(&Assign::new_picture);
  set_thread_count(1);
  const auto assigner = Assigner::open(project());
  ASSERT_OK(assigner);
  const std::vector<Assignment> reference = assign_all(*assigner, paths);
  ASSERT_EQ(reference.size(), paths.size());
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    const std::vector<Assignment> batch = assign_all(*assigner, paths);
    for (std::size_t i = 0; i < paths.size(); ++i) {
      expect_same(reference[i], batch[i]);
      expect_same(reference[i], assign_all(*assigner, {paths[i]}).at(0));
    }
  }
  set_thread_count(0);
}

TEST_F(Assign, NewPicturesJoinTheirKind) {
  const auto assigner = Assigner::open(project());
  ASSERT_OK(assigner);
  const std::vector<Assignment> answers = assign_all(*assigner, new_pictures(&Assign::new_picture));
  int right = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_FALSE(answers[i].error.has_value());
    EXPECT_FALSE(answers[i].known);
    ASSERT_EQ(answers[i].nearest.size(), 5U);
    EXPECT_GE(answers[i].nearest[0].similarity, answers[i].nearest[4].similarity);
    right += answers[i].nearest[0].path.find("kind" + std::to_string(i % 3)) != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(right, 10);
}

TEST_F(Assign, TheProjectsImagesKeepTheirLabels) {
  const auto assigner = Assigner::open(project());
  ASSERT_OK(assigner);
  const auto input = make_report_input(project());
  ASSERT_OK(input);
  for (const ReportImage& image : input->images) {
    const Assignment answer = assign_all(*assigner, {image.path}).at(0);
    EXPECT_TRUE(answer.known);
    EXPECT_EQ(answer.label, image.label);
    EXPECT_EQ(static_cast<float>(answer.probability), image.probability);
    ASSERT_FALSE(answer.nearest.empty());
    if (image.held_out) continue;
    EXPECT_GT(answer.nearest[0].similarity, 0.999);
  }
}

// A training image's own embedding leads to its own label, too, without the help of the hashes.
TEST_F(Assign, TrainingEmbeddingsKeepTheirLabels) {
  const auto assigner = Assigner::open(project());
  ASSERT_OK(assigner);
  const auto stored = Project::open(project());
  ASSERT_OK(stored);
  const auto fit = stored->fit();
  ASSERT_OK(fit);
  const auto contents = stored->contents();
  ASSERT_OK(contents);
  std::vector<std::int64_t> rows;
  for (const ProjectPoint& point : (*fit)->points) {
    for (const ProjectContent& content : *contents) {
      if (content.id == point.content) rows.push_back(content.embedding_row);
    }
  }
  const auto embeddings = stored->embedding_rows(rows);
  ASSERT_OK(embeddings);
  const auto answers = assigner->assign_vectors(*embeddings);
  ASSERT_OK(answers);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_FALSE((*answers)[i].known);
    EXPECT_EQ((*answers)[i].label, (*fit)->points[i].label) << i;
    EXPECT_EQ((*answers)[i].probability, (*fit)->points[i].probability) << i;
  }
}

TEST_F(Assign, TheSamePixelsInOtherBytesAreKnown) {
  const auto input = make_report_input(project());
  ASSERT_OK(input);
  std::string bytes = read_text_file(input->images[7].path);
  bytes.insert(2, std::string("\xFF\xFE\x00\x04hi", 6));
  const auto assigner = Assigner::open(project());
  ASSERT_OK(assigner);
  const auto answer =
      assigner->assign_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  ASSERT_OK(answer);
  EXPECT_TRUE(answer->known);
  EXPECT_EQ(answer->label, input->images[7].label);
}

TEST_F(Assign, BadFilesAreAnswersToo) {
  write_text_file(other("broken.jpg"), "no picture");
  const auto assigner = Assigner::open(project());
  ASSERT_OK(assigner);
  const auto answers = assign_all(*assigner, {other("broken.jpg"), new_picture(0), other("missing.jpg")});
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].error->reason, SkipReason::not_an_image);
  EXPECT_FALSE(answers[1].error.has_value());
  EXPECT_EQ(answers[2].error->reason, SkipReason::not_found);
  EXPECT_FALSE(answers[2].error->message.empty());
}

TEST_F(Assign, WrongUseIsSaid) {
  EXPECT_EQ(Assigner::open(other("none")).status().code(), ErrorCode::not_found);
  AssignOptions options;
  options.nearest = -1;
  EXPECT_EQ(Assigner::open(project(), options).status().code(), ErrorCode::invalid_argument);
  const auto assigner = Assigner::open(project());
  ASSERT_OK(assigner);
  EXPECT_THAT(assigner->assign_vectors(MatrixF(1, 3)).status().message(), HasSubstr("3 columns"));
}

}  // namespace
}  // namespace clipcluster::testing
