// What a killed writer, a full disk or a bad copy leaves behind.
#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "catalogue/project_support.h"
#include "clipcluster/project.h"

namespace clipcluster::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class ProjectDamage : public ::testing::Test {
 protected:
  void SetUp() override {
    auto project = write_project(path());
    ASSERT_OK(project);
    ASSERT_OK(project->start_space(test_space()));
    ASSERT_OK(add_images(*project, 0, 6));
    ASSERT_OK(store_test_fit(*project, "fit"));
  }
  std::string path() const { return folder_.file("p"); }
  std::string file(const std::string& name) const { return path() + "/" + name; }
  void change_catalogue(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file("catalogue.sqlite").c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }
  std::size_t embedded() const {
    auto project = Project::open(path());
    if (!project.is_ok()) return 0;
    std::size_t count = 0;
    const auto contents = project->contents();
    if (!contents.is_ok()) return 0;
    for (const ProjectContent& content : *contents) count += content.embedding_row >= 0 ? 1U : 0U;
    return count;
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ProjectDamage, RowsBeyondTheCatalogueDoNotCount) {
  const auto before = fs::file_size(file("embeddings-1.f32"));
  fs::resize_file(file("embeddings-1.f32"), before + 1000);
  write_text_file(file("thumbnails.pack"), read_text_file(file("thumbnails.pack")) + "half a thumb");
  EXPECT_OK(Project::open(path()));
  auto project = write_project(path());
  ASSERT_OK(project);
  EXPECT_TRUE(project->recovered().empty());
  EXPECT_EQ(fs::file_size(file("embeddings-1.f32")), before);
  EXPECT_TRUE(project->fit()->has_value());
  ASSERT_OK(add_images(*project, 6, 8));
  EXPECT_EQ(project->embeddings()->view()(7, 0), 7.0F);
}

TEST_F(ProjectDamage, CutEmbeddingsAreSaidAndMadeAnew) {
  fs::resize_file(file("embeddings-1.f32"), 4096 + 4 * 16 + 5);  // 4 rows and a bit
  const auto reader = Project::open(path());
  ASSERT_FALSE(reader.is_ok());
  EXPECT_EQ(reader.status().code(), ErrorCode::corrupt);
  EXPECT_THAT(reader.status().message(), HasSubstr("holds 4 of 6 embeddings"));
  {
    auto project = write_project(path());
    ASSERT_OK(project);
    ASSERT_EQ(project->recovered().size(), 1U);
    EXPECT_FALSE(project->fit()->has_value());
  }
  EXPECT_EQ(embedded(), 4U);
}

TEST_F(ProjectDamage, LostOrForeignEmbeddingsAreMadeAnew) {
  for (const bool remove : {true, false}) {
    if (remove) {
      fs::remove(file("embeddings-1.f32"));
    } else {
      write_text_file(file("embeddings-1.f32"), std::string(5000, 'x'));
    }
    EXPECT_FALSE(Project::open(path()).is_ok());
    {
      auto project = write_project(path());
      ASSERT_OK(project);
      EXPECT_EQ(project->recovered().size(), 1U);
      ASSERT_OK(add_images(*project, 0, 6));
      EXPECT_EQ(project->embeddings()->view()(5, 3), 5.75F);
    }
    EXPECT_EQ(embedded(), 6U);
  }
}

TEST_F(ProjectDamage, CutThumbnailsAreMadeAnew) {
  fs::resize_file(file("thumbnails.pack"), 15);
  auto project = write_project(path());
  ASSERT_OK(project);
  EXPECT_EQ(project->recovered().size(), 1U);
  const auto contents = project->contents();
  ASSERT_OK(contents);
  EXPECT_EQ((*contents)[0].thumbnail_bytes, 10U);
  EXPECT_EQ((*contents)[1].thumbnail_bytes, 0U);
  EXPECT_OK(project->thumbnail((*contents)[0]));
  EXPECT_FALSE(project->thumbnail((*contents)[1]).is_ok());
}

TEST_F(ProjectDamage, ADamagedCatalogueIsSaid) {
  write_text_file(file("catalogue.sqlite"), std::string(8192, 'x'));
  for (const Status& status : {Project::open(path()).status(), write_project(path()).status()}) {
    EXPECT_EQ(status.code(), ErrorCode::corrupt);
    EXPECT_THAT(status.message(), HasSubstr("catalogue.sqlite"));
  }
}

TEST_F(ProjectDamage, ANewerVersionIsSaid) {
  change_catalogue("PRAGMA user_version = 2");
  for (const Status& status : {Project::open(path()).status(), write_project(path()).status()}) {
    EXPECT_EQ(status.code(), ErrorCode::unsupported);
    EXPECT_THAT(status.message(), HasSubstr("newer clipcluster"));
  }
}

TEST_F(ProjectDamage, ANewerEmbeddingFileIsSaidAndLeftAlone) {
  std::string bytes = read_text_file(file("embeddings-1.f32"));
  bytes[8] = 2;
  write_text_file(file("embeddings-1.f32"), bytes);
  EXPECT_EQ(Project::open(path()).status().code(), ErrorCode::unsupported);
  EXPECT_EQ(write_project(path()).status().code(), ErrorCode::unsupported);
  EXPECT_EQ(read_text_file(file("embeddings-1.f32")), bytes);
}

TEST_F(ProjectDamage, AnotherProgramsDatabaseIsSaid) {
  change_catalogue("PRAGMA application_id = 7");
  EXPECT_THAT(Project::open(path()).status().message(), HasSubstr("not a clipcluster catalogue"));
}

TEST_F(ProjectDamage, AnEmptyCatalogueIsABeginning) {
  fs::remove(file("catalogue.sqlite"));
  fs::remove_all(file("fits"));
  fs::remove(file("embeddings-1.f32"));
  fs::remove(file("thumbnails.pack"));
  write_text_file(file("catalogue.sqlite"), "");
  EXPECT_EQ(Project::open(path()).status().code(), ErrorCode::not_found);
  EXPECT_OK(write_project(path()));
}

TEST_F(ProjectDamage, AMissingFitFileIsSaid) {
  fs::remove(file("fits/1/map.npy"));
  auto project = Project::open(path());
  ASSERT_OK(project);
  const auto arrays = project->fit_arrays(**project->fit());
  ASSERT_FALSE(arrays.is_ok());
  EXPECT_THAT(arrays.status().message(), HasSubstr("map.npy"));
}

// A child process that writes until it is killed; whatever the moment, the project opens, every row
// that the catalogue names holds the right embedding, and the fit is a whole one.
TEST_F(ProjectDamage, AKillAtAnyMomentLosesOnlyTheLastCheckpoint) {
  for (int attempt = 0; attempt < 12; ++attempt) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto project = write_project(path());
      if (!project.is_ok()) _exit(1);
      const int first = 1000 + attempt * 1000;
      static_cast<void>(!write(pipe_ends[1], "x", 1));
      for (int i = first; i < first + 999; ++i) {
        if (!add_images(*project, i, i + 1).is_ok()) _exit(2);
        if (i % 3 == 0 && !store_test_fit(*project, std::to_string(i)).is_ok()) _exit(3);
      }
      _exit(0);
    }
    close(pipe_ends[1]);
    char ready = 0;
    ASSERT_EQ(read(pipe_ends[0], &ready, 1), 1);
    close(pipe_ends[0]);
    usleep(static_cast<useconds_t>(3000 + attempt * 13777));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << WEXITSTATUS(status);

    EXPECT_OK(Project::open(path()));
    auto project = write_project(path());
    ASSERT_OK(project);
    EXPECT_TRUE(project->recovered().empty());
    const auto contents = project->contents();
    ASSERT_OK(contents);
    const auto embeddings = project->embeddings();
    ASSERT_OK(embeddings);
    EXPECT_EQ(embeddings->rows(), contents->size());
    for (const ProjectContent& content : *contents) {
      const float number = std::stof(content.pixel_hash.substr(6));
      EXPECT_EQ(embeddings->view()(static_cast<std::size_t>(content.embedding_row), 1), number + 0.25F);
      EXPECT_OK(project->thumbnail(content));
    }
    const auto fit = project->fit();
    ASSERT_OK(fit);
    ASSERT_TRUE(fit->has_value());
    EXPECT_OK(project->fit_arrays(**fit));
    EXPECT_EQ(std::distance(fs::directory_iterator(file("fits")), fs::directory_iterator()), 1);
  }
}

// RLIMIT_FSIZE stands for a full disk: writes fail half way through.
TEST_F(ProjectDamage, AFullDiskLosesNothingThatWasFinished) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto project = write_project(path());
    if (!project.is_ok()) _exit(1);
    signal(SIGXFSZ, SIG_IGN);
    const auto size = static_cast<rlim_t>(fs::file_size(file("embeddings-1.f32")));
    const rlimit limit{size + 40, size + 40};  // two rows and a half
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    const Status status = add_images(*project, 10, 20);
    if (status.is_ok()) _exit(3);
    if (status.message().find("embeddings-1.f32") == std::string::npos) _exit(4);
    if (store_test_fit(*project, "new").is_ok()) _exit(5);  // the catalogue cannot grow either
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(embedded(), 6U);
  auto project = write_project(path());
  ASSERT_OK(project);
  EXPECT_EQ((*project->fit())->key, "fit");
  ASSERT_OK(add_images(*project, 10, 20));
  EXPECT_EQ(project->embeddings()->rows(), 16U);
}

}  // namespace
}  // namespace clipcluster::testing
