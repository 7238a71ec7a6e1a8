// Finding files: order, links, hidden and odd names, what is no image, what cannot be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "clipcluster/images.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TemporaryFolder;
using testing::write_text_file;

const std::string kPng = "\x89PNG\r\n\x1a\n and so on";

class FindImagesTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name); }
  void folder(const std::string& name) const { ASSERT_EQ(mkdir(path(name).c_str(), 0755), 0); }
  void file(const std::string& name, const std::string& content = kPng) const {
    write_text_file(path(name), content);
  }
  void link(const std::string& to, const std::string& name) const {
    ASSERT_EQ(symlink(to.c_str(), path(name).c_str()), 0);
  }

  FindResult find(const std::vector<std::string>& inputs, const FindOptions& options = {}) const {
    auto found = find_images(inputs, options);
    EXPECT_OK(found);
    return std::move(found).value();
  }
  FindResult find_all(const FindOptions& options = {}) const { return find({folder_.path()}, options); }

  // Paths below the test's folder.
  std::vector<std::string> names(const FindResult& found) const {
    std::vector<std::string> result;
    for (const FoundFile& one : found.files) result.push_back(one.path.substr(folder_.path().size() + 1));
    return result;
  }
  std::vector<std::string> skipped(const FindResult& found) const {
    std::vector<std::string> result;
    for (const SkippedFile& one : found.skipped) {
      EXPECT_FALSE(one.message.empty());
      result.push_back(one.path.substr(folder_.path().size() + 1) + " " + skip_reason_name(one.reason));
    }
    return result;
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(FindImagesTest, SortsPathsBytewise) {
  folder("a");
  file("a/z.png");
  file("a.png");
  file("B.JPG");
  file("a-1.webp");
  file("\xc3\xa4.png");
  EXPECT_THAT(names(find_all()), ElementsAre("B.JPG", "a-1.webp", "a.png", "a/z.png", "\xc3\xa4.png"));
}

TEST_F(FindImagesTest, TakesOddNames) {
  file("line\nbreak.png");
  file("two  spaces .jpg");
  file("invalid \xff\xfe.gif");
  file("-rf.png");
  folder("named like a picture.jpg");
  file("named like a picture.jpg/inside.png");
  EXPECT_THAT(names(find_all()), ElementsAre("-rf.png", "invalid \xff\xfe.gif", "line\nbreak.png",
                                             "named like a picture.jpg/inside.png", "two  spaces .jpg"));
}

TEST_F(FindImagesTest, KnowsImagesByNameOrContent) {
  file("by content", kPng);
  file("by content.dat", "GIF89a...");
  file("by name.jpeg", "this is text");
  file("notes.txt", "P5 is not enough, nor is FORM");
  file("no extension", "text");
  const FindResult found = find_all();
  EXPECT_THAT(names(found), ElementsAre("by content", "by content.dat", "by name.jpeg"));
  EXPECT_EQ(found.other_files, 2U);
  EXPECT_THAT(found.skipped, IsEmpty());
}

TEST_F(FindImagesTest, LeavesHiddenFilesUnlessAsked) {
  folder(".cache");
  file(".cache/a.png");
  file(".b.png");
  file("c.png");
  EXPECT_THAT(names(find_all()), ElementsAre("c.png"));
  EXPECT_THAT(names(find_all({.include_hidden = true})), ElementsAre(".b.png", ".cache/a.png", "c.png"));
  EXPECT_THAT(names(find({path(".b.png"), path(".cache")})), ElementsAre(".b.png", ".cache/a.png"));
}

TEST_F(FindImagesTest, VisitsEachFolderOnceAndKeepsLinkedFiles) {
  folder("real");
  file("real/a.png");
  link("real", "also");
  link("real/a.png", "b.png");
  EXPECT_THAT(names(find_all()), ElementsAre("also/a.png", "b.png"));
  EXPECT_THAT(names(find_all({.follow_links = false})), ElementsAre("real/a.png"));
  EXPECT_THAT(names(find({path("real"), path("real/"), path("real/a.png")})), ElementsAre("real/a.png"));
}

TEST_F(FindImagesTest, KeepsHardLinks) {
  file("a.png");
  ASSERT_EQ(::link(path("a.png").c_str(), path("b.png").c_str()), 0);
  EXPECT_THAT(names(find_all()), ElementsAre("a.png", "b.png"));
}

TEST_F(FindImagesTest, EndsInLinkLoops) {
  folder("deep");
  file("deep/a.png");
  link("..", "deep/up");
  link("self.png", "self.png");
  link("nowhere.png", "dangling.png");
  const FindResult found = find_all();
  EXPECT_THAT(names(found), ElementsAre("deep/a.png"));
  EXPECT_THAT(skipped(found), ElementsAre("dangling.png link_loop", "self.png link_loop"));
}

TEST_F(FindImagesTest, SkipsWhatIsNoFile) {
  ASSERT_EQ(mkfifo(path("pipe.png").c_str(), 0600), 0);
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  file("zero.png", "");
  const FindResult found = find_all();
  EXPECT_THAT(names(found), IsEmpty());
  EXPECT_THAT(skipped(found), ElementsAre("pipe.png not_a_regular_file", "zero.png empty"));
  EXPECT_EQ(found.other_files, 1U);
}

TEST_F(FindImagesTest, SkipsWhatDoesNotExist) {
  const FindResult found = find({path("no such file.png"), path("no such folder/")});
  EXPECT_THAT(skipped(found), ElementsAre("no such file.png not_found", "no such folder not_found"));
}

TEST_F(FindImagesTest, TakesNamedFilesOfAnyName) {
  file("notes.txt", "text");
  EXPECT_THAT(names(find({path("notes.txt")})), ElementsAre("notes.txt"));
}

TEST_F(FindImagesTest, SaysWhatCannotBeRead) {
  folder("locked");
  file("locked.png");
  ASSERT_EQ(chmod(path("locked").c_str(), 0), 0);
  ASSERT_EQ(chmod(path("locked.png").c_str(), 0), 0);
  // Permissions do not bind root, so root becomes nobody for a moment.
  const bool root = geteuid() == 0;
  ASSERT_EQ(chmod(path(".").c_str(), 0755), 0);
  ASSERT_TRUE(!root || seteuid(65534) == 0);
  const FindResult found = find_all();
  const auto read = read_image_file(path("locked.png"));
  ASSERT_TRUE(!root || seteuid(0) == 0);
  chmod(path("locked").c_str(), 0755);
  EXPECT_THAT(names(found), IsEmpty());
  EXPECT_THAT(skipped(found), ElementsAre("locked unreadable", "locked.png unreadable"));
  ASSERT_EQ(read.index(), 1U);
  EXPECT_EQ(std::get<DecodeFailure>(read).reason, SkipReason::unreadable);
}

TEST_F(FindImagesTest, KeepsInputsInOrder) {
  folder("z");
  folder("a");
  file("z/1.png");
  file("a/2.png");
  const FindResult found = find({path("z"), path("a") + "/"});
  EXPECT_THAT(names(found), ElementsAre("z/1.png", "a/2.png"));
  EXPECT_EQ(found.files[0].input, path("z"));
  EXPECT_EQ(found.files[1].input, path("a") + "/");
  EXPECT_EQ(found.files[0].bytes, kPng.size());
  EXPECT_GT(found.files[0].modified_ns, std::int64_t{1'000'000'000'000'000'000});
}

class CancelAtOnce : public Progress {
 public:
  bool cancelled() override { return true; }
};

TEST_F(FindImagesTest, IsCancelled) {
  file("a.png");
  CancelAtOnce progress;
  const std::vector<std::string> inputs = {path("a.png")};
  EXPECT_EQ(find_images(inputs, {}, progress).status().code(), ErrorCode::cancelled);
}

TEST_F(FindImagesTest, ReadingSaysWhyNot) {
  const auto reason = [&](const std::string& name, const DecodeOptions& options = {}) {
    const auto read = read_image_file(path(name), options);
    return read.index() == 0 ? "read" : skip_reason_name(std::get<DecodeFailure>(read).reason);
  };
  file("a.png");
  file("empty.png", "");
  folder("folder");
  link("self", "self");
  link("nowhere", "dangling");
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_STREQ(reason("a.png"), "read");
  EXPECT_STREQ(reason("empty.png"), "empty");
  EXPECT_STREQ(reason("folder"), "not_a_regular_file");
  EXPECT_STREQ(reason("self"), "link_loop");
  EXPECT_STREQ(reason("dangling"), "link_loop");
  EXPECT_STREQ(reason("pipe"), "not_a_regular_file");
  EXPECT_STREQ(reason("missing"), "not_found");
  DecodeOptions small;
  small.max_bytes = 5;
  EXPECT_STREQ(reason("a.png", small), "too_large");
}

}  // namespace
}  // namespace clipcluster
