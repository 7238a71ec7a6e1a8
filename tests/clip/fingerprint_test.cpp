// A remembered fingerprint is the one that hashing gives, whatever happened to the files since.
#include "clip/fingerprint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <filesystem>
#include <fstream>

#include "clip/random_checkpoint.h"
#include "support/support.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using clip::Checkpoint;
using internal::CacheFolder;
using testing::read_text_file;
using testing::TemporaryFolder;
using testing::write_text_file;

class Fingerprints : public ::testing::Test {
 protected:
  void SetUp() override {
    auto tensors = testing::random_tensors({}, 3);
    testing::write_checkpoint(model(), {}, tensors);
  }
  std::string model() const { return folder_.file("model"); }
  std::string weights() const { return model() + "/model.safetensors"; }
  CacheFolder cache() const { return {folder_.file("cache"), 1'000'000, 10}; }

  std::string hashed() const {
    return clip::model_fingerprint(model(), Checkpoint::open(model()).value()).value();
  }
  std::string remembered(std::int64_t settled_ns = 0) const {
    return clip::cached_model_fingerprint(model(), Checkpoint::open(model()).value(), cache(),
                                          {0, settled_ns})
        .value();
  }
  std::vector<fs::path> records() const {
    std::error_code none;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(cache().path(), none)) paths.push_back(entry.path());
    return paths;
  }
  // The last byte of the last tensor; the size stays, and the time can be put back.
  void change_weights(bool keep_time) const {
    const auto time = fs::last_write_time(weights());
    std::fstream file(weights(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(-1, std::ios::end);
    const char last = static_cast<char>(file.peek() ^ 1);
    file.seekp(-1, std::ios::end);
    file.put(last);
    file.close();
    if (keep_time) fs::last_write_time(weights(), time);
  }
  TemporaryFolder folder_;
};

TEST_F(Fingerprints, AreRememberedAndTheSame) {
  const std::string fingerprint = hashed();
  EXPECT_EQ(remembered(), fingerprint);
  ASSERT_EQ(records().size(), 1U);
  // That the record is used shows when it is forged.
  const std::string path = records().front();
  const std::string whole = read_text_file(path);
  const std::string key = whole.substr(0, whole.find(fingerprint));
  const std::string forged = key + std::string(32, '7') + "\n";
  const XXH128_hash_t check = XXH3_128bits(forged.data(), forged.size());
  write_text_file(path, fmt::format("{}check {:016x}{:016x}\n", forged, check.high64, check.low64));
  EXPECT_EQ(remembered(), std::string(32, '7'));
}

TEST_F(Fingerprints, ChangedFilesAreHashedAnew) {
  const std::string before = remembered();
  change_weights(true);
  EXPECT_NE(remembered(), before);
  EXPECT_EQ(remembered(), hashed());
  write_text_file(model() + "/preprocessor_config.json", R"({"size": 32, "crop_size": 32})");
  EXPECT_EQ(remembered(), hashed());
  fs::copy(model(), folder_.file("copy"));
  fs::rename(folder_.file("copy/model.safetensors"), weights());
  EXPECT_EQ(remembered(), hashed());
}

TEST_F(Fingerprints, FilesThatChangedJustNowAreNotRemembered) {
  EXPECT_EQ(remembered(3'600'000'000'000), hashed());
  EXPECT_TRUE(records().empty());
}

TEST_F(Fingerprints, DamagedRecordsAreReplaced) {
  const std::string fingerprint = remembered();
  ASSERT_EQ(records().size(), 1U);
  const std::string path = records().front();
  const std::string whole = read_text_file(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = damaged[i] == 'a' ? 'b' : 'a';
    write_text_file(path, damaged);
    ASSERT_EQ(remembered(), fingerprint) << i;
    ASSERT_EQ(read_text_file(path), whole) << i;
  }
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
    write_text_file(path, whole.substr(0, length));
    EXPECT_EQ(remembered(), fingerprint) << length;
  }
  write_text_file(path, whole + "x");
  EXPECT_EQ(remembered(), fingerprint);
}

TEST_F(Fingerprints, ACacheThatCannotBeWrittenChangesNothing) {
  write_text_file(cache().path(), "a file where a folder should be");
  EXPECT_EQ(remembered(), hashed());
}

TEST_F(Fingerprints, SmallModelsAreNotRemembered) {
  EXPECT_EQ(clip::cached_model_fingerprint(model(), Checkpoint::open(model()).value(), cache()).value(),
            hashed());
  EXPECT_TRUE(records().empty());
}

}  // namespace
}  // namespace clipcluster
