#include "report/page_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/support.h"

namespace clipcluster::report {
namespace {

namespace fs = std::filesystem;
using testing::read_text_file;
using testing::TemporaryFolder;
using testing::write_text_file;

std::string index_for(const PageFolder& page) {
  return "<meta name=\"generator\" content=\"clipcluster\"><script src=\"" + page.files_name() +
         "/data.js\">";
}

// Writes a page with one file of the given name and returns the folder of its files.
std::string publish(const std::string& folder, const std::string& name) {
  auto page = PageFolder::open(folder);
  EXPECT_OK(page);
  EXPECT_OK(page->write(name, "content"));
  EXPECT_OK(page->publish(index_for(*page)));
  return folder + "/" + page->files_name();
}

TEST(PageFolder, ReplacesAnOlderPageAndItsFiles) {
  const TemporaryFolder temporary;
  const std::string folder = temporary.file("new/page");
  const std::string first = publish(folder, "tiles-0007.jpg");
  EXPECT_TRUE(fs::exists(first + "/tiles-0007.jpg"));
  const std::string second = publish(folder, "tiles-0000.jpg");
  EXPECT_NE(first, second);
  EXPECT_FALSE(fs::exists(first));
  EXPECT_TRUE(fs::exists(second + "/tiles-0000.jpg"));
  EXPECT_EQ(publish(folder, "tiles-0000.jpg"), first);
}

TEST(PageFolder, LeavesTheFilesOfOthers) {
  const TemporaryFolder temporary;
  write_text_file(temporary.file("notes.txt"), "mine");
  const std::string first = publish(temporary.path(), "points.js");
  write_text_file(first + "/tiles.txt", "mine too");
  publish(temporary.path(), "points.js");
  EXPECT_EQ(read_text_file(temporary.file("notes.txt")), "mine");
  EXPECT_EQ(read_text_file(first + "/tiles.txt"), "mine too");
  EXPECT_FALSE(fs::exists(first + "/points.js"));
}

TEST(PageFolder, RefusesAnotherProgramsIndex) {
  const TemporaryFolder temporary;
  write_text_file(temporary.file("index.html"), "<html>somebody's home page");
  const auto page = PageFolder::open(temporary.path());
  ASSERT_FALSE(page.is_ok());
  EXPECT_EQ(page.status().code(), ErrorCode::invalid_argument);
  EXPECT_NE(page.status().message().find("index.html"), std::string::npos);
}

TEST(PageFolder, ADiscardedPageLeavesTheOldOne) {
  const TemporaryFolder temporary;
  const std::string first = publish(temporary.path(), "points.js");
  const std::string index = read_text_file(temporary.file("index.html"));
  auto page = PageFolder::open(temporary.path());
  ASSERT_OK(page);
  ASSERT_OK(page->write("points.js", "half a page"));
  page->discard();
  EXPECT_FALSE(fs::exists(temporary.path() + "/" + page->files_name()));
  EXPECT_TRUE(fs::exists(first + "/points.js"));
  EXPECT_EQ(read_text_file(temporary.file("index.html")), index);
}

TEST(PageFolder, AFolderThatCannotBeIsAnError) {
  const TemporaryFolder temporary;
  write_text_file(temporary.file("file"), "");
  const auto page = PageFolder::open(temporary.file("file/page"));
  ASSERT_FALSE(page.is_ok());
  EXPECT_EQ(page.status().code(), ErrorCode::io);
}

}  // namespace
}  // namespace clipcluster::report
