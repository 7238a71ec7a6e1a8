#include "clipcluster/project.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "catalogue/project_support.h"

namespace clipcluster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(Project, KeepsImagesEmbeddingsAndThumbnails) {
  const TemporaryFolder folder;
  {
    auto project = write_project(folder.file("p"));
    ASSERT_OK(project);
    ASSERT_OK(project->start_space(test_space()));
    ASSERT_OK(add_images(*project, 0, 3));
    ASSERT_OK(add_images(*project, 3, 7));
  }
  auto project = Project::open(folder.file("p"));
  ASSERT_OK(project);
  EXPECT_EQ(project->kind(), ProjectKind::images);
  ASSERT_TRUE(project->space().has_value());
  EXPECT_EQ(project->space()->model_folder, "/models/some");
  const auto images = project->images();
  ASSERT_OK(images);
  ASSERT_EQ(images->size(), 7U);
  EXPECT_EQ((*images)[6].path, "/pictures/100006.jpg");
  EXPECT_EQ((*images)[6].byte_hash, "bytes6");
  const auto contents = project->contents();
  ASSERT_OK(contents);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ((*contents)[i].embedding_row, static_cast<std::int64_t>(i));
    const auto thumbnail = project->thumbnail((*contents)[i]);
    ASSERT_OK(thumbnail);
    EXPECT_EQ(*thumbnail, std::vector<std::uint8_t>(10 + i, static_cast<std::uint8_t>(i)));
  }
  const auto embeddings = project->embeddings();
  ASSERT_OK(embeddings);
  ASSERT_EQ(embeddings->rows(), 7U);
  EXPECT_EQ(embeddings->view()(6, 1), 6.25F);
}

TEST(Project, EmbeddingRowsAreMappedInOrderAndCopiedOutOfOrder) {
  const TemporaryFolder folder;
  auto project = write_project(folder.file("p"));
  ASSERT_OK(project);
  ASSERT_OK(project->start_space(test_space()));
  ASSERT_OK(add_images(*project, 0, 5));
  const auto all = project->embeddings();
  ASSERT_OK(all);
  const auto leading = project->embedding_rows(std::vector<std::int64_t>{0, 1, 2});
  ASSERT_OK(leading);
  EXPECT_EQ(leading->rows(), 3U);
  const auto picked = project->embedding_rows(std::vector<std::int64_t>{4, 0});
  ASSERT_OK(picked);
  EXPECT_EQ(picked->view()(0, 0), 4.0F);
  EXPECT_EQ(picked->view()(1, 0), 0.0F);
  EXPECT_EQ(project->embedding_rows(std::vector<std::int64_t>{5}).status().code(), ErrorCode::corrupt);
  EXPECT_EQ(project->embedding_rows(std::vector<std::int64_t>{-1}).status().code(), ErrorCode::corrupt);
}

TEST(Project, FindsContentsByHash) {
  const TemporaryFolder folder;
  auto project = write_project(folder.file("p"));
  ASSERT_OK(project);
  ASSERT_OK(project->start_space(test_space()));
  ASSERT_OK(add_images(*project, 0, 3));
  const auto by_bytes = project->content_by_byte_hash("bytes2");
  ASSERT_OK(by_bytes);
  ASSERT_TRUE(by_bytes->has_value());
  EXPECT_EQ((*by_bytes)->pixel_hash, "pixels2");
  const auto unknown = project->content_by_pixel_hash("pixels9");
  ASSERT_OK(unknown);
  EXPECT_FALSE(unknown->has_value());
}

TEST(Project, ChangedAndSkippedFilesReplaceWhatWasKnown) {
  const TemporaryFolder folder;
  auto project = write_project(folder.file("p"));
  ASSERT_OK(project);
  ASSERT_OK(project->start_space(test_space()));
  ASSERT_OK(add_images(*project, 0, 2));
  CheckpointImage skipped;
  skipped.image.path = "/pictures/100000.jpg";
  skipped.image.skip_reason = "truncated";
  skipped.image.skip_message = "The file ends too early.";
  ASSERT_OK(project->checkpoint({}, std::vector<CheckpointImage>{skipped}));
  const auto images = project->images();
  ASSERT_OK(images);
  ASSERT_EQ(images->size(), 2U);
  EXPECT_TRUE((*images)[0].skipped());
  EXPECT_EQ((*images)[0].content, 0);
  EXPECT_FALSE((*images)[1].skipped());
}

TEST(Project, PathsAreAnyBytes) {
  const TemporaryFolder folder;
  auto project = write_project(folder.file("p"));
  ASSERT_OK(project);
  CheckpointImage image;
  image.image.path = std::string("/a\xFF\xFE\n'\"%.jpg");
  image.image.skip_reason = "corrupt";
  ASSERT_OK(project->checkpoint({}, std::vector<CheckpointImage>{image}));
  const auto images = project->images();
  ASSERT_OK(images);
  ASSERT_EQ(images->size(), 1U);
  EXPECT_EQ((*images)[0].path, image.image.path);
}

TEST(Project, FilesThatAreGoneAreKeptButNotPresent) {
  const TemporaryFolder folder;
  auto project = write_project(folder.file("p"));
  ASSERT_OK(project);
  ASSERT_OK(project->start_space(test_space()));
  ASSERT_OK(add_images(*project, 0, 3));
  ASSERT_OK(
      project->set_present(std::vector<std::string>{"/pictures/100001.jpg", "/pictures/unknown.jpg"}));
  const auto images = project->images();
  ASSERT_OK(images);
  ASSERT_EQ(images->size(), 1U);
  const auto all = project->all_images();
  ASSERT_OK(all);
  EXPECT_EQ(all->size(), 3U);
}

TEST(Project, ANewSpaceForgetsEmbeddingsAndTheFit) {
  const TemporaryFolder folder;
  auto project = write_project(folder.file("p"));
  ASSERT_OK(project);
  ASSERT_OK(project->start_space(test_space()));
  ASSERT_OK(add_images(*project, 0, 3));
  ASSERT_OK(store_test_fit(*project, "one"));
  ASSERT_OK(project->start_space(test_space("another")));
  const auto contents = project->contents();
  ASSERT_OK(contents);
  for (const ProjectContent& content : *contents) EXPECT_EQ(content.embedding_row, -1);
  const auto fit = project->fit();
  ASSERT_OK(fit);
  EXPECT_FALSE(fit->has_value());
  EXPECT_FALSE(fs::exists(folder.file("p/embeddings-1.f32")));
  EXPECT_TRUE(fs::exists(folder.file("p/embeddings-2.f32")));
  ASSERT_OK(add_images(*project, 0, 3));
  const auto embeddings = project->embeddings();
  ASSERT_OK(embeddings);
  EXPECT_EQ(embeddings->rows(), 3U);
}

TEST(Project, AFitReplacesTheFormerOne) {
  const TemporaryFolder folder;
  auto project = write_project(folder.file("p"));
  ASSERT_OK(project);
  ASSERT_OK(project->start_space(test_space()));
  ASSERT_OK(add_images(*project, 0, 5));
  const auto before = project->state();
  ASSERT_OK(store_test_fit(*project, "one"));
  EXPECT_NE(*project->state(), *before);
  ASSERT_OK(store_test_fit(*project, "two"));
  ASSERT_OK(project->set_cluster_name(1, "dogs"));

  auto reader = Project::open(folder.file("p"));
  ASSERT_OK(reader);
  const auto fit = reader->fit();
  ASSERT_OK(fit);
  ASSERT_TRUE(fit->has_value());
  EXPECT_EQ((*fit)->key, "two");
  ASSERT_EQ((*fit)->points.size(), 5U);
  EXPECT_EQ((*fit)->points[4].label, -1);
  ASSERT_EQ((*fit)->clusters.size(), 2U);
  EXPECT_EQ((*fit)->clusters[1].name, "dogs");
  const auto arrays = reader->fit_arrays(**fit);
  ASSERT_OK(arrays);
  EXPECT_EQ(arrays->coordinates.cols(), 5U);
  EXPECT_FALSE(arrays->umap.has_value());
  ASSERT_TRUE(arrays->hdbscan.has_value());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.file("p/fits")), fs::directory_iterator()), 1);
}

TEST(Project, LogsRunsAndSteps) {
  const TemporaryFolder folder;
  auto project = write_project(folder.file("p"));
  ASSERT_OK(project);
  ProjectRun run;
  run.command = "run";
  run.options = "{}";
  run.program_version = "1.2.3";
  run.machine = "some machine";
  const auto first = project->start_run(run);
  ASSERT_OK(first);
  ASSERT_OK(project->add_step(*first, {"embedding", 1.5, 100}));
  ASSERT_OK(project->add_step(*first, {"umap", 2.5, 90}));
  ASSERT_OK(project->finish_run(*first));
  ASSERT_OK(project->start_run(run));
  const auto runs = project->runs();
  ASSERT_OK(runs);
  ASSERT_EQ(runs->size(), 2U);
  ASSERT_EQ((*runs)[0].steps.size(), 2U);
  EXPECT_EQ((*runs)[0].steps[1].name, "umap");
  EXPECT_EQ((*runs)[0].steps[1].seconds, 2.5);
  EXPECT_EQ((*runs)[0].finished.size(), 20U);
  EXPECT_EQ((*runs)[1].finished, "");
}

TEST(Project, RefusesFoldersThatAreSomethingElse) {
  const TemporaryFolder folder;
  write_text_file(folder.file("letter.txt"), "dear all");
  const auto foreign = write_project(folder.path());
  ASSERT_FALSE(foreign.is_ok());
  EXPECT_THAT(foreign.status().message(), HasSubstr("letter.txt"));
  EXPECT_FALSE(fs::exists(folder.file("lock")));
  EXPECT_THAT(write_project(folder.file("letter.txt")).status().message(), HasSubstr("is a file"));
  EXPECT_EQ(Project::open(folder.path()).status().code(), ErrorCode::not_found);
  EXPECT_EQ(Project::open(folder.file("none")).status().code(), ErrorCode::not_found);
}

TEST(Project, RefusesTheOtherKind) {
  const TemporaryFolder folder;
  ASSERT_OK(write_project(folder.file("p")));
  const auto other = Project::open_for_writing(folder.file("p"), ProjectKind::vectors);
  ASSERT_FALSE(other.is_ok());
  EXPECT_THAT(other.status().message(), HasSubstr("made from images"));
}

TEST(Project, OneWriterAtATime) {
  const TemporaryFolder folder;
  auto first = write_project(folder.file("p"));
  ASSERT_OK(first);
  const auto second = write_project(folder.file("p"));
  ASSERT_FALSE(second.is_ok());
  EXPECT_THAT(second.status().message(), HasSubstr("process " + std::to_string(getpid())));
  EXPECT_OK(Project::open(folder.file("p")));  // reading is fine
  first = Status::cancelled();                 // closes it
  EXPECT_OK(write_project(folder.file("p")));
}

TEST(Project, SettingsAreTexts) {
  const TemporaryFolder folder;
  auto project = write_project(folder.file("p"));
  ASSERT_OK(project);
  EXPECT_FALSE(project->setting("inputs")->has_value());
  ASSERT_OK(project->set_setting("inputs", "a"));
  ASSERT_OK(project->set_setting("inputs", "b"));
  EXPECT_EQ(**project->setting("inputs"), "b");
}

}  // namespace
}  // namespace clipcluster::testing
