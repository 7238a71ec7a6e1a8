#include "clipcluster/memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "base/control_group.h"
#include "support/support.h"

namespace clipcluster {
namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;

class Listener : public Progress {
 public:
  void detail(std::string_view sentence) override { details.emplace_back(sentence); }
  std::vector<std::string> details;
};

class MemoryLimit : public ::testing::Test {
 protected:
  void TearDown() override { set_memory_limit(0); }
};

TEST_F(MemoryLimit, WhatFitsIsAnnounced) {
  Listener listener;
  EXPECT_TRUE(require_memory("the neighbours of 3 rows", 1'500'000, listener).is_ok());
  ASSERT_EQ(listener.details.size(), 1U);
  EXPECT_NE(listener.details[0].find("memory for the neighbours of 3 rows: up to 1.5 MB"),
            std::string::npos);
}

TEST_F(MemoryLimit, AStepAboveTheLimitIsRefusedWithASentence) {
  set_memory_limit(kGigabyte);
  const Status status = require_memory("the neighbours of 9 rows", 2 * kGigabyte);
  EXPECT_EQ(status.code(), ErrorCode::resource_limit);
  EXPECT_NE(status.message().find("up to 2.0 GB of memory are needed for the neighbours of 9 rows"),
            std::string::npos)
      << status.message();
  EXPECT_NE(status.message().find("the memory limit of 1.0 GB leaves"), std::string::npos);
}

TEST_F(MemoryLimit, WhatThisProcessHoldsCountsAgainstTheLimit) {
  const std::vector<char> held(200'000'000, 'x');
  set_memory_limit(held.size());
  const MemoryRoom room = memory_room();
  EXPECT_TRUE(room.by_limit);
  EXPECT_LT(room.bytes, held.size() / 10);
}

TEST_F(MemoryLimit, NoMachineHasAnyAmount) {
  const Status status =
      require_memory("the neighbours of all rows", std::numeric_limits<std::uint64_t>::max() / 2);
  EXPECT_EQ(status.code(), ErrorCode::resource_limit);
  EXPECT_NE(status.message().find("this machine has"), std::string::npos);
}

class ControlGroup : public ::testing::Test {
 protected:
  void write(const std::string& group, const std::string& file, const std::string& content) {
    const std::string target = folder_.path() + group;
    std::filesystem::create_directories(target);
    std::ofstream(target + "/" + file) << content;
  }
  std::optional<std::uint64_t> room(const std::string& membership) {
    return internal::control_group_room(folder_.path(), membership);
  }
  testing::TemporaryFolder folder_;
};

TEST_F(ControlGroup, TheTightestOfTheGroupsAboveCounts) {
  write("/a", "memory.max", "1000\n");
  write("/a", "memory.current", "700\n");
  write("/a", "memory.stat", "anon 600\ninactive_file 100\n");
  write("/a/b", "memory.max", "5000\n");
  write("/a/b", "memory.current", "10\n");
  EXPECT_EQ(room("1:memory:/x\n0::/a/b\n"), 400U);
  EXPECT_EQ(room("0::/a/b/c\n"), 400U);
}

TEST_F(ControlGroup, AGroupAboveItsLimitLeavesNothing) {
  write("", "memory.max", "1000\n");
  write("", "memory.current", "1200\n");
  EXPECT_EQ(room("0::/\n"), 0U);
}

TEST_F(ControlGroup, NoLimitIsNoBound) {
  write("/a", "memory.max", "max\n");
  write("/a", "memory.current", "700\n");
  EXPECT_EQ(room("0::/a\n"), std::nullopt);
  EXPECT_EQ(room("4:memory:/a\n"), std::nullopt);
  EXPECT_EQ(room(""), std::nullopt);
}

}  // namespace
}  // namespace clipcluster
