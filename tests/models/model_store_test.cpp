#include "clipcluster/model_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "support/support.h"

namespace clipcluster {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::write_text_file;

class ModelStore : public ::testing::Test {
 protected:
  void add(const std::string& name) {
    std::filesystem::create_directories(folder_.file(name));
    write_text_file(folder_.file(name) + "/config.json", "{}");
  }
  TemporaryFolder folder_;
};

TEST_F(ModelStore, ListsWholeModelsByName) {
  add("openai/b");
  add("laion/a");
  add("openai/c.incomplete");
  std::filesystem::create_directories(folder_.file("openai/empty"));
  const auto models = stored_models(folder_.path());
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0].name, "laion/a");
  EXPECT_EQ(models[1].name, "openai/b");
  EXPECT_EQ(models[1].folder, folder_.file("openai/b"));
  EXPECT_EQ(models[1].bytes, 2U);
}

TEST_F(ModelStore, NoStoreIsAnEmptyList) { EXPECT_TRUE(stored_models(folder_.file("none")).empty()); }

TEST_F(ModelStore, ANameMeansItsFolderAndAFolderItself) {
  add("openai/b");
  EXPECT_EQ(find_model("openai/b", folder_.path()).value(), folder_.file("openai/b"));
  EXPECT_EQ(find_model(folder_.path(), folder_.path()).value(), folder_.path());
  EXPECT_EQ(find_model("/not/there", folder_.path()).value(), "/not/there");
}

TEST_F(ModelStore, AModelThatIsNotHereSaysHowToGetIt) {
  const auto found = find_model("openai/clip-vit-base-patch32", folder_.path());
  ASSERT_FALSE(found.is_ok());
  EXPECT_EQ(found.status().code(), ErrorCode::not_found);
  EXPECT_THAT(found.status().message(), HasSubstr("clipcluster model get openai/clip-vit-base-patch32"));
}

class Environment : public ::testing::Test {
 protected:
  void TearDown() override {
    ::unsetenv("XDG_CACHE_HOME");
    ::unsetenv("HF_ENDPOINT");
    ::unsetenv("HF_TOKEN");
    ::setenv("HOME", home_.c_str(), 1);
  }
  std::string home_ = std::getenv("HOME") == nullptr ? "/" : std::getenv("HOME");
};

TEST_F(Environment, SaysWhereTheStoreIs) {
  ::unsetenv("XDG_CACHE_HOME");
  ::setenv("HOME", "/home/someone", 1);
  EXPECT_EQ(model_store_folder().value(), "/home/someone/.cache/clipcluster/models");
  ::setenv("XDG_CACHE_HOME", "/cache", 1);
  EXPECT_EQ(model_store_folder().value(), "/cache/clipcluster/models");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  EXPECT_EQ(model_store_folder().value(), "/home/someone/.cache/clipcluster/models");
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("HOME");
  EXPECT_FALSE(model_store_folder().is_ok());
}

TEST_F(Environment, SaysWhichServerAndWhichToken) {
  ::setenv("HF_ENDPOINT", "http://127.0.0.1:1/", 1);
  ::setenv("HF_TOKEN", "secret", 1);
  const auto options = download_model_options();
  ASSERT_OK(options);
  EXPECT_EQ(options->endpoint, "http://127.0.0.1:1/");
  EXPECT_EQ(options->token, "secret");
}

}  // namespace
}  // namespace clipcluster
