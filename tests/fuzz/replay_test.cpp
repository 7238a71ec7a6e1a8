// Every recorded input once more: the seeds, and what the fuzzers have found (regressions).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "support/support.h"

namespace clipcluster {
namespace {

const std::map<std::string, void (*)(fuzz::Bytes)>& targets() {
#define CLIPCLUSTER_FUZZ_ENTRY(name) {#name, fuzz::name},
  static const std::map<std::string, void (*)(fuzz::Bytes)> all = {
      CLIPCLUSTER_FUZZ_TARGETS(CLIPCLUSTER_FUZZ_ENTRY)};
#undef CLIPCLUSTER_FUZZ_ENTRY
  return all;
}

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> folders_of(const std::string& target) {
  const std::string source = CLIPCLUSTER_SOURCE_DIR;
  std::vector<std::string> folders = {source + "/fuzz/seeds/" + target,
                                      source + "/fuzz/regressions/" + target};
  if (target == "image") folders.push_back(source + "/tests/images/data/formats");
  return folders;
}

class FuzzReplay : public ::testing::TestWithParam<std::string> {};

// A target ends the process when something does not hold; the file's name is then the last one printed.
TEST_P(FuzzReplay, Stands) {
  const auto target = targets().at(GetParam());
  target({});
  std::size_t files = 0;
  for (const std::string& folder : folders_of(GetParam())) {
    for (const std::string& path : files_below(folder)) {
      const std::string bytes = testing::read_text_file(path);
      std::fprintf(stderr, "%s\n", path.c_str());
      target({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
      ++files;
    }
  }
  EXPECT_GT(files, 0U);
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, target] : targets()) all.push_back(name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, FuzzReplay, ::testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace clipcluster
