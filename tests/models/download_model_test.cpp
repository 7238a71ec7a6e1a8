#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "clipcluster/model_store.h"
#include "models/digest.h"
#include "models/file_server.h"
#include "support/support.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using testing::FileServer;
using ::testing::HasSubstr;
using testing::read_text_file;
using testing::ServedFile;
using testing::ServedRequest;
using testing::TemporaryFolder;
using testing::write_text_file;

const std::string kName = "openai/tiny";

std::string pattern(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i * 2654435761U);
  text.resize(bytes);
  return text;
}

class CancelAtOnce : public Progress {
 public:
  bool cancelled() override { return true; }
};

class DownloadModel : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.store = folder_.file("store");
    options_.endpoint = server_.address();
    options_.pause_seconds = 0.001;
    serve("config.json", small("{\"model_type\": \"clip\"}"));
    serve("vocab.json", small("{}"));
    serve("model.safetensors", large(weights_));
  }

  std::string digest(const std::string& content, models::DigestKind kind) {
    write_text_file(folder_.file("content"), content);
    return models::file_digest(folder_.file("content"), kind).value();
  }
  ServedFile small(const std::string& content) {
    ServedFile file;
    file.content = content;
    file.etag = digest(content, models::DigestKind::git_blob);
    return file;
  }
  ServedFile large(const std::string& content) {
    ServedFile file;
    file.content = content;
    file.etag = digest(content, models::DigestKind::sha256);
    return file;
  }
  static std::string path(const std::string& file, const std::string& revision = "main") {
    return "/" + kName + "/resolve/" + revision + "/" + file;
  }
  void serve(const std::string& name, ServedFile file) { server_.put(path(name), std::move(file)); }
  Result<DownloadedModel> download() { return download_model(kName, options_); }
  std::string model_folder() const { return options_.store + "/" + kName; }
  void expect_whole() {
    EXPECT_EQ(read_text_file(model_folder() + "/model.safetensors"), weights_);
    EXPECT_EQ(read_text_file(model_folder() + "/vocab.json"), "{}");
    EXPECT_FALSE(fs::exists(model_folder() + ".incomplete"));
    for (const auto& entry : fs::directory_iterator(model_folder()))
      EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  }
  void expect_nothing() { EXPECT_FALSE(fs::exists(model_folder())); }
  std::vector<std::string> ranges() const {
    std::vector<std::string> found;
    for (const ServedRequest& request : server_.requests()) {
      const auto range = request.headers.find("range");
      if (range != request.headers.end()) found.push_back(range->second);
    }
    return found;
  }

  std::string weights_ = pattern(300'000);
  TemporaryFolder folder_;
  FileServer server_;
  DownloadModelOptions options_;
};

TEST_F(DownloadModel, GetsEveryFileThatTheServerHas) {
  const auto model = download();
  ASSERT_OK(model);
  EXPECT_EQ(model->folder, model_folder());
  EXPECT_FALSE(model->was_there);
  EXPECT_EQ(model->commit, "c0ffee");
  EXPECT_EQ(model->bytes, model->transferred);
  expect_whole();
  EXPECT_THAT(read_text_file(model_folder() + "/clipcluster-download.json"), HasSubstr("c0ffee"));
  EXPECT_EQ(find_model(kName, options_.store).value(), model_folder());
}

TEST_F(DownloadModel, SiglipsTokenizerComesAlong) {
  serve("config.json", small("{\"model_type\": \"siglip\"}"));
  serve("spiece.model", large("pieces"));
  ASSERT_OK(download());
  EXPECT_EQ(read_text_file(model_folder() + "/spiece.model"), "pieces");
}

TEST_F(DownloadModel, OpenClipsOwnLayoutIsASentence) {
  ServedFile gone;
  gone.status = 404;
  serve("config.json", gone);
  serve("open_clip_config.json", small("{}"));
  const auto model = download();
  EXPECT_EQ(model.status().code(), ErrorCode::unsupported);
  EXPECT_THAT(model.status().message(), HasSubstr("OpenCLIP's own layout"));
  expect_nothing();
}

TEST_F(DownloadModel, WhatIsThereIsNotFetchedAgainUnlessAskedFor) {
  ASSERT_OK(download());
  const std::size_t before = server_.requests().size();
  const auto again = download();
  ASSERT_OK(again);
  EXPECT_TRUE(again->was_there);
  EXPECT_EQ(server_.requests().size(), before);

  serve("vocab.json", small("{\"new\": 1}"));
  options_.replace = true;
  ASSERT_OK(download());
  EXPECT_EQ(read_text_file(model_folder() + "/vocab.json"), "{\"new\": 1}");
}

TEST_F(DownloadModel, GoesOnWhereTheConnectionBroke) {
  ServedFile file = large(weights_);
  file.broken_after = {100'000, 50'000, 1};
  serve("model.safetensors", file);
  options_.attempts = 2;
  ASSERT_OK(download());
  expect_whole();
  EXPECT_EQ(ranges(), (std::vector<std::string>{"bytes=100000-", "bytes=150000-", "bytes=150001-"}));
}

TEST_F(DownloadModel, TheNextCallGoesOnToo) {
  ServedFile file = large(weights_);
  file.broken_after = {100'000, 0, 0};
  serve("model.safetensors", file);
  options_.attempts = 2;
  const auto first = download();
  ASSERT_FALSE(first.is_ok());
  EXPECT_EQ(first.status().code(), ErrorCode::io);
  EXPECT_THAT(first.status().message(), HasSubstr(path("model.safetensors")));
  expect_nothing();

  serve("model.safetensors", large(weights_));
  const auto second = download();
  ASSERT_OK(second);
  expect_whole();
  EXPECT_EQ(ranges().back(), "bytes=100000-");
  EXPECT_LT(second->transferred, second->bytes - 99'000);
}

TEST_F(DownloadModel, AServerWithoutRangesStartsAgain) {
  ServedFile file = large(weights_);
  file.broken_after = {100'000};
  file.ignores_ranges = true;
  serve("model.safetensors", file);
  ASSERT_OK(download());
  expect_whole();
}

TEST_F(DownloadModel, WaitsOutABusyServer) {
  ServedFile file = large(weights_);
  file.failures = 3;
  serve("model.safetensors", file);
  ASSERT_OK(download());
  expect_whole();
}

TEST_F(DownloadModel, GivesUpOnAServerThatStaysBusy) {
  ServedFile file = large(weights_);
  file.failures = 100;
  serve("model.safetensors", file);
  options_.attempts = 3;
  const auto model = download();
  ASSERT_FALSE(model.is_ok());
  EXPECT_THAT(model.status().message(), HasSubstr("HTTP 503"));
  expect_nothing();
}

TEST_F(DownloadModel, DamagedBytesAreFetchedOnceMoreAndThenRefused) {
  ServedFile file = large(weights_);
  file.content[7] ^= 1;
  serve("model.safetensors", file);
  const auto model = download();
  ASSERT_FALSE(model.is_ok());
  EXPECT_EQ(model.status().code(), ErrorCode::corrupt);
  EXPECT_THAT(model.status().message(), HasSubstr("SHA-256"));
  expect_nothing();
  int fetched = 0;
  for (const ServedRequest& request : server_.requests())
    fetched += request.method == "GET" && request.path == path("model.safetensors") ? 1 : 0;
  EXPECT_EQ(fetched, 2);
}

TEST_F(DownloadModel, ADamagedSmallFileIsRefused) {
  ServedFile file = small("{}");
  file.content = "[]";
  serve("vocab.json", file);
  const auto model = download();
  ASSERT_FALSE(model.is_ok());
  EXPECT_THAT(model.status().message(), HasSubstr("git SHA-1"));
  expect_nothing();
}

TEST_F(DownloadModel, WeightsMayLieOnAnotherServerWhichNeverSeesTheToken) {
  FileServer storage;
  storage.put("/blob", [&] {
    ServedFile file;
    file.content = weights_;
    return file;
  }());
  // Another host name: curl drops the credentials by name and port.
  ServedFile file = large(weights_);
  file.redirect = storage.address() + "/blob";
  serve("model.safetensors", file);
  options_.token = "secret";
  ASSERT_OK(download());
  expect_whole();
  EXPECT_EQ(server_.requests().front().headers.at("authorization"), "Bearer secret");
  for (const ServedRequest& request : storage.requests())
    EXPECT_FALSE(request.headers.contains("authorization"));
}

TEST_F(DownloadModel, ShardsAreFound) {
  server_.put(path("model.safetensors"), [] {
    ServedFile file;
    file.status = 404;
    return file;
  }());
  serve(
      "model.safetensors.index.json",
      small(
          R"({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-1.safetensors"}})"));
  serve("model-1.safetensors", large("one"));
  serve("model-2.safetensors", large("two"));
  ASSERT_OK(download());
  EXPECT_EQ(read_text_file(model_folder() + "/model-1.safetensors"), "one");
  EXPECT_EQ(read_text_file(model_folder() + "/model-2.safetensors"), "two");
}

TEST_F(DownloadModel, AShardCannotLieOutsideTheFolder) {
  server_.put(path("model.safetensors"), [] {
    ServedFile file;
    file.status = 404;
    return file;
  }());
  serve("model.safetensors.index.json", small(R"({"weight_map": {"a": "../../evil"}})"));
  const auto model = download();
  ASSERT_FALSE(model.is_ok());
  EXPECT_EQ(model.status().code(), ErrorCode::corrupt);
  EXPECT_THAT(model.status().message(), HasSubstr("../../evil"));
}

TEST_F(DownloadModel, PyTorchsOwnFileIsTakenWhereThereIsNoOther) {
  server_.put(path("model.safetensors"), [] {
    ServedFile file;
    file.status = 404;
    return file;
  }());
  serve("pytorch_model.bin", large(weights_));
  ASSERT_OK(download());
  EXPECT_EQ(read_text_file(model_folder() + "/pytorch_model.bin"), weights_);
}

TEST_F(DownloadModel, WeightsInNoKnownFormAreRefusedWithARemedy) {
  server_.put(path("model.safetensors"), [] {
    ServedFile file;
    file.status = 404;
    return file;
  }());
  const auto model = download();
  ASSERT_FALSE(model.is_ok());
  EXPECT_EQ(model.status().code(), ErrorCode::unsupported);
  EXPECT_THAT(model.status().message(), HasSubstr("--revision"));
}

TEST_F(DownloadModel, AModelThatIsNotThereIsNamed) {
  const auto model = download_model("openai/nothing", options_);
  ASSERT_FALSE(model.is_ok());
  EXPECT_EQ(model.status().code(), ErrorCode::not_found);
  EXPECT_THAT(model.status().message(), HasSubstr("openai/nothing"));
}

TEST_F(DownloadModel, AModelBehindTermsAsksForAToken) {
  ServedFile file;
  file.status = 401;
  serve("config.json", file);
  const auto model = download();
  ASSERT_FALSE(model.is_ok());
  EXPECT_THAT(model.status().message(), HasSubstr("HF_TOKEN"));
}

TEST_F(DownloadModel, AnotherRevisionIsOneSegmentOfTheAddress) {
  options_.revision = "refs/pr/1";
  server_.put(path("config.json", "refs%2Fpr%2F1"), small("{}"));
  server_.put(path("model.safetensors", "refs%2Fpr%2F1"), large(weights_));
  ASSERT_OK(download());
  EXPECT_EQ(read_text_file(model_folder() + "/model.safetensors"), weights_);
}

TEST_F(DownloadModel, WithoutANetworkOneSentenceSaysHowToPlaceTheFiles) {
  options_.endpoint = "http://127.0.0.1:9";  // nobody listens there
  options_.attempts = 2;
  const auto model = download();
  ASSERT_FALSE(model.is_ok());
  EXPECT_THAT(model.status().message(), HasSubstr("by hand"));
  expect_nothing();
}

TEST_F(DownloadModel, AConnectionThatStallsIsGivenUp) {
  ServedFile file = small("{}");
  file.stalls = true;
  serve("vocab.json", file);
  options_.stall_seconds = 1.0;
  options_.attempts = 1;
  const auto model = download();
  ASSERT_FALSE(model.is_ok());
  EXPECT_EQ(model.status().code(), ErrorCode::io);
}

TEST_F(DownloadModel, AFullDiskIsSaidAndNothingIsLost) {
  const auto former = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit small_files = {100'000, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small_files), 0);
  const auto model = download();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, former);
  ASSERT_FALSE(model.is_ok());
  EXPECT_EQ(model.status().code(), ErrorCode::io);
  EXPECT_THAT(model.status().message(), HasSubstr("cannot write"));
  expect_nothing();
  ASSERT_OK(download());
  expect_whole();
  EXPECT_EQ(ranges().back(), "bytes=100000-");
}

TEST_F(DownloadModel, CancellingLeavesNoModel) {
  CancelAtOnce progress;
  const auto model = download_model(kName, options_, progress);
  ASSERT_FALSE(model.is_ok());
  EXPECT_EQ(model.status().code(), ErrorCode::cancelled);
  expect_nothing();
}

TEST_F(DownloadModel, AFolderOfItsOwnAndWhatIsInTheWay) {
  options_.folder = folder_.file("mine/");
  ASSERT_OK(download());
  EXPECT_EQ(read_text_file(folder_.file("mine") + "/model.safetensors"), weights_);

  fs::create_directories(folder_.file("taken"));
  write_text_file(folder_.file("taken/letter.txt"), "dear");
  options_.folder = folder_.file("taken");
  const auto model = download();
  ASSERT_FALSE(model.is_ok());
  EXPECT_THAT(model.status().message(), HasSubstr("taken"));
  EXPECT_EQ(read_text_file(folder_.file("taken/letter.txt")), "dear");
}

TEST_F(DownloadModel, NamesThatAreNoNames) {
  for (const char* name : {"", "clip", "a/b/c", "../x", "a/..", "a b/c", "/a", "a/"}) {
    const auto model = download_model(name, options_);
    ASSERT_FALSE(model.is_ok()) << name;
    EXPECT_EQ(model.status().code(), ErrorCode::invalid_argument) << name;
  }
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace clipcluster
