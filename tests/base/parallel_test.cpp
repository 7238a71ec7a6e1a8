#include "clipcluster/parallel.h"

#include <gtest/gtest.h>

#include <vector>

namespace clipcluster {
namespace {

class ParallelFor : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { set_thread_count(GetParam()); }
  void TearDown() override { set_thread_count(0); }
};

TEST_P(ParallelFor, VisitsEveryIndexOnce) {
  for (const std::size_t count : {0U, 1U, 7U, 1000U}) {
    std::vector<int> visits(count);
    parallel_for(count, 8, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++visits[i];
    });
    EXPECT_EQ(visits, std::vector<int>(count, 1));
  }
}

TEST_P(ParallelFor, ChunkBordersDoNotDependOnThreads) {
  std::vector<std::size_t> ends(4);
  parallel_for(10, 3, [&](std::size_t begin, std::size_t end) { ends[begin / 3] = end; });
  EXPECT_EQ(ends, (std::vector<std::size_t>{3, 6, 9, 10}));
}

TEST_P(ParallelFor, NestedCallsRunToo) {
  std::vector<std::vector<int>> visits(5, std::vector<int>(6));
  parallel_for(5, 1, [&](std::size_t outer, std::size_t) {
    parallel_for(6, 1, [&](std::size_t inner, std::size_t) { ++visits[outer][inner]; });
  });
  EXPECT_EQ(visits, std::vector<std::vector<int>>(5, std::vector<int>(6, 1)));
}

INSTANTIATE_TEST_SUITE_P(Threads, ParallelFor, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace clipcluster
