#include "clipcluster/correspondence.h"

#include <gmock/gmock.h>

#include <vector>

#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Labels {
  std::vector<std::int32_t> first;
  std::vector<std::int32_t> second;
  Labels& add(int count, std::int32_t a, std::int32_t b) {
    first.insert(first.end(), static_cast<std::size_t>(count), a);
    second.insert(second.end(), static_cast<std::size_t>(count), b);
    return *this;
  }
};

Correspondence matched(const Labels& labels, std::size_t first, std::size_t second) {
  const auto found = match_clusterings(labels.first, first, labels.second, second);
  EXPECT_OK(found);
  return *found;
}

TEST(Correspondence, RelabelledClustersAreTheSame) {
  const auto found = matched(Labels().add(10, 0, 2).add(20, 1, 0).add(30, 2, 1).add(5, -1, -1), 3, 3);
  for (const ClusterMatch& match : found.first) EXPECT_EQ(match.fate, ClusterFate::same);
  EXPECT_THAT(found.first[0].partners, ElementsAre(2));
  EXPECT_THAT(found.second[0].partners, ElementsAre(1));
  EXPECT_EQ(found.first[0].overlaps[0].jaccard, 1.0);
  EXPECT_EQ(found.kept, 60U);
  EXPECT_EQ(found.both_noise, 5U);
  EXPECT_EQ(found.things, 65U);
}

TEST(Correspondence, SplitAndMergedMirrorEachOther) {
  Labels labels;
  labels.add(40, 0, 0).add(38, 0, 1).add(22, 0, -1);  // 0 falls apart into 0 and 1
  labels.add(30, 1, 2).add(30, 2, 2);                 // 1 and 2 become 2
  const auto there = matched(labels, 3, 3);
  EXPECT_EQ(there.first[0].fate, ClusterFate::split);
  EXPECT_THAT(there.first[0].partners, ElementsAre(0, 1));
  EXPECT_EQ(there.first[0].noise, 22U);
  EXPECT_EQ(there.second[0].fate, ClusterFate::split);
  EXPECT_THAT(there.second[1].partners, ElementsAre(0));
  EXPECT_EQ(there.first[1].fate, ClusterFate::merged);
  EXPECT_THAT(there.first[2].partners, ElementsAre(2));
  EXPECT_EQ(there.second[2].fate, ClusterFate::merged);
  EXPECT_THAT(there.second[2].partners, ElementsAre(1, 2));

  std::swap(labels.first, labels.second);
  const auto back = matched(labels, 3, 3);
  EXPECT_EQ(back.first[0].fate, ClusterFate::merged);
  EXPECT_EQ(back.second[0].fate, ClusterFate::merged);
  EXPECT_EQ(back.second[1].fate, ClusterFate::split);
}

TEST(Correspondence, GrowingOutOfNoiseAndFallingIntoIt) {
  const auto found = matched(Labels().add(10, 0, 0).add(30, -1, 0).add(10, 1, 1).add(30, 1, -1), 2, 2);
  EXPECT_EQ(found.first[0].fate, ClusterFate::grew);
  EXPECT_EQ(found.second[0].fate, ClusterFate::grew);
  EXPECT_EQ(found.first[1].fate, ClusterFate::shrank);
  EXPECT_EQ(found.second[1].fate, ClusterFate::shrank);
  EXPECT_EQ(found.second[0].noise, 30U);
}

TEST(Correspondence, GoneAndNew) {
  const auto found = matched(Labels().add(10, 0, -1).add(10, -1, 0).add(5, 1, -1), 3, 1);
  EXPECT_EQ(found.first[0].fate, ClusterFate::only);
  EXPECT_EQ(found.first[0].noise, 10U);
  EXPECT_THAT(found.first[0].partners, IsEmpty());
  EXPECT_EQ(found.first[2].fate, ClusterFate::only);  // nothing of it is in both
  EXPECT_EQ(found.first[2].size, 0U);
  EXPECT_EQ(found.second[0].fate, ClusterFate::only);
}

// Hennig 2008: at a Jaccard coefficient of 1/2 or less a cluster is dissolved. Two halves of 1/2 each
// could otherwise both be "the same".
TEST(Correspondence, AtOneHalfItIsNoLongerTheSame) {
  const auto halves = matched(Labels().add(10, 0, 0).add(10, 0, 1), 1, 2);
  EXPECT_EQ(halves.first[0].overlaps[0].jaccard, 0.5);
  EXPECT_EQ(halves.first[0].fate, ClusterFate::split);
  const auto above = matched(Labels().add(11, 0, 0).add(10, 0, 1), 1, 2);
  EXPECT_EQ(above.first[0].fate, ClusterFate::same);
  EXPECT_EQ(above.second[0].fate, ClusterFate::same);
  EXPECT_EQ(above.second[1].fate, ClusterFate::split);  // what broke off says from where
  EXPECT_THAT(above.second[1].partners, ElementsAre(0));
}

TEST(Correspondence, OfAnyLabelsIsOneToOneAndSymmetric) {
  const CounterRandom random(3, "labels");
  for (std::uint64_t round = 0; round < 20; ++round) {
    Labels labels;
    for (std::uint64_t i = round * 300; i < (round + 1) * 300; ++i) {
      const auto a = static_cast<std::int32_t>(random.below(7, i)) - 1;
      const bool stays = random.below(10, i, 1) < 7;
      labels.add(1, a, stays ? a : static_cast<std::int32_t>(random.below(7, i, 2)) - 1);
    }
    const auto there = matched(labels, 6, 6);
    std::swap(labels.first, labels.second);
    const auto back = matched(labels, 6, 6);
    EXPECT_EQ(there.kept, back.kept);
    for (std::size_t c = 0; c < 6; ++c) {
      EXPECT_EQ(there.first[c].partners, back.second[c].partners);
      if (there.first[c].fate != ClusterFate::same) continue;
      const auto partner = static_cast<std::size_t>(there.first[c].partners[0]);
      EXPECT_THAT(there.second[partner].partners, ElementsAre(static_cast<std::int32_t>(c)));
    }
  }
}

TEST(Correspondence, RefusesWhatDoesNotFit) {
  const std::vector<std::int32_t> two = {0, 1};
  const std::vector<std::int32_t> one = {0};
  EXPECT_THAT(match_clusterings(two, 2, one, 1).status().message(), HasSubstr("2 labels, the other 1"));
  EXPECT_THAT(match_clusterings(two, 1, two, 2).status().message(), HasSubstr("there are 1 clusters"));
  const auto nothing = match_clusterings({}, 0, {}, 0);
  ASSERT_OK(nothing);
  EXPECT_EQ(nothing->things, 0U);
}

}  // namespace
}  // namespace clipcluster
