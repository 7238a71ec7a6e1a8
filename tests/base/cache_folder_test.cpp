#include "base/cache_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "support/support.h"

namespace clipcluster {
namespace {

namespace fs = std::filesystem;
using internal::CacheFolder;
using std::chrono::hours;
using testing::read_text_file;
using testing::TemporaryFolder;
using testing::write_text_file;

Status store(const CacheFolder& cache, const std::string& name, const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  const std::array<std::span<const std::byte>, 2> parts = {bytes.first(text.size() / 2),
                                                           bytes.subspan(text.size() / 2)};
  return cache.store(name, parts);
}

class CacheFolders : public ::testing::Test {
 protected:
  CacheFolder cache(std::uint64_t bytes, std::size_t count) const {
    return {folder_.file("a/b"), bytes, count};
  }
  void age(const std::string& name, int by) const {
    fs::last_write_time(folder_.file("a/b/" + name), fs::file_time_type::clock::now() - hours(by));
  }
  bool there(const std::string& name) const { return fs::exists(folder_.file("a/b/" + name)); }
  TemporaryFolder folder_;
};

TEST_F(CacheFolders, StoresTheWholeFileAndReplacesIt) {
  const CacheFolder small = cache(100, 10);
  ASSERT_OK(store(small, "x", "first"));
  ASSERT_OK(store(small, "x", "second"));
  EXPECT_EQ(read_text_file(small.file("x")), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(small.path()), fs::directory_iterator()), 1);
}

TEST_F(CacheFolders, WhatWasUnusedForLongestGoesFirst) {
  const CacheFolder small = cache(10, 3);
  for (const char* name : {"a", "b", "c"}) ASSERT_OK(store(small, name, "123"));
  age("a", 72);
  age("b", 96);
  age("c", 48);
  small.mark_used("b");
  ASSERT_OK(store(small, "d", "123"));
  EXPECT_FALSE(there("a"));
  EXPECT_TRUE(there("b") && there("c") && there("d"));
  ASSERT_OK(store(small, "e", "1234567"));
  EXPECT_TRUE(there("e"));
  EXPECT_FALSE(there("c"));
}

TEST_F(CacheFolders, NothingIsStoredBeyondTheLimit) {
  EXPECT_EQ(store(cache(4, 3), "x", "12345").code(), ErrorCode::resource_limit);
  EXPECT_FALSE(there("x"));
}

TEST_F(CacheFolders, WhatKilledProcessesLeftIsRemovedAfterAWhile) {
  const CacheFolder small = cache(100, 10);
  ASSERT_OK(store(small, "x", "1"));
  write_text_file(small.file(".unfinished-1-1"), "half");
  write_text_file(small.file(".unfinished-2-1"), "half");
  age(".unfinished-1-1", 5);
  ASSERT_OK(store(small, "y", "1"));
  EXPECT_FALSE(there(".unfinished-1-1"));
  EXPECT_TRUE(there(".unfinished-2-1"));
}

TEST_F(CacheFolders, AFolderThatCannotBeIsASentence) {
  write_text_file(folder_.file("a"), "a file where a folder should be");
  const Status status = store(cache(100, 10), "x", "1");
  EXPECT_FALSE(status.is_ok());
  EXPECT_NE(status.message().find(folder_.file("a/b")), std::string::npos);
}

TEST_F(CacheFolders, TheHomeOfCaches) {
  const char* before = std::getenv("XDG_CACHE_HOME");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("XDG_CACHE_HOME", "/x/y", 1);
  EXPECT_EQ(internal::cache_home().value(), "/x/y/clipcluster");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  EXPECT_TRUE(internal::cache_home().value().ends_with("/.cache/clipcluster"));
  before == nullptr ? ::unsetenv("XDG_CACHE_HOME") : ::setenv("XDG_CACHE_HOME", kept.c_str(), 1);
}

}  // namespace
}  // namespace clipcluster
