// The small parts of the pipeline by themselves.
#include <gmock/gmock.h>

#include <algorithm>

#include "clipcluster/pipeline.h"
#include "pipeline/cluster_members.h"
#include "pipeline/labels_file.h"
#include "pipeline/options_json.h"
#include "pipeline/split.h"
#include "support/support.h"

namespace clipcluster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(MinClusterSize, GrowsWithTheRoot) {
  EXPECT_EQ(automatic_min_cluster_size(1), 5);
  EXPECT_EQ(automatic_min_cluster_size(100), 5);
  EXPECT_EQ(automatic_min_cluster_size(10'000), 25);
  EXPECT_EQ(automatic_min_cluster_size(150'000), 97);
}

TEST(Split, DependsOnHashesNotOnOrder) {
  std::vector<std::string> hashes;
  for (int i = 0; i < 1000; ++i) hashes.push_back("hash" + std::to_string(i));
  const std::vector<bool> held_out = internal::choose_held_out(hashes, 0.1, 42);
  EXPECT_EQ(std::count(held_out.begin(), held_out.end(), true), 100);
  std::vector<std::string> reversed(hashes.rbegin(), hashes.rend());
  std::vector<bool> other = internal::choose_held_out(reversed, 0.1, 42);
  std::reverse(other.begin(), other.end());
  EXPECT_EQ(held_out, other);
  EXPECT_NE(held_out, internal::choose_held_out(hashes, 0.1, 43));
}

TEST(Split, LeavesOneToFit) {
  EXPECT_EQ(internal::choose_held_out(std::vector<std::string>{"a"}, 0.9, 1), std::vector<bool>{false});
  const std::vector<bool> two = internal::choose_held_out(std::vector<std::string>{"a", "b"}, 0.99, 1);
  EXPECT_EQ(std::count(two.begin(), two.end(), true), 1);
  EXPECT_TRUE(internal::choose_held_out({}, 0.5, 1).empty());
}

TEST(Split, MeasuresBothSides) {
  const std::vector<ProjectPoint> points = {{1, 0, 1.0, 0, false}, {2, 0, 0.5, 0, false},
                                            {3, 1, 1.0, 0, false}, {4, -1, 0.0, 0, false},
                                            {5, 1, 0.8, 0, true},  {6, -1, 0.0, 0, true}};
  const auto figures = internal::measure_split(points, std::vector<std::int32_t>{1, 1, 0, -1, 0, -1});
  ASSERT_OK(figures);
  EXPECT_EQ(figures->training, 4U);
  EXPECT_EQ(figures->held_out, 2U);
  EXPECT_DOUBLE_EQ(figures->training_noise_share, 0.25);
  EXPECT_DOUBLE_EQ(figures->held_out_noise_share, 0.5);
  EXPECT_DOUBLE_EQ(figures->training_mean_probability, 2.5 / 3.0);
  EXPECT_DOUBLE_EQ(figures->held_out_mean_probability, 0.8);
  EXPECT_DOUBLE_EQ(figures->agreement_training, 1.0);
  EXPECT_DOUBLE_EQ(figures->agreement_held_out, 1.0);
}

TEST(Paths, PackAndUnpack) {
  const std::vector<std::string> paths = {"/a", "/with\nnewline", "/100%", "/%0A", "", "/\xFF"};
  EXPECT_EQ(internal::unpack_paths(internal::pack_paths(paths)), paths);
  EXPECT_TRUE(internal::unpack_paths("").empty());
}

TEST(LabelsFile, ReadsQuotesAndLineEnds) {
  const TemporaryFolder folder;
  write_text_file(folder.file("l.csv"),
                  "\xEF\xBB\xBFpath,label\r\n\"a, \"\"b\"\".jpg\",cat\r\nc.jpg,\n\n\"two\nlines.jpg\",dog");
  const auto labels = internal::read_labels_file(folder.file("l.csv"));
  ASSERT_OK(labels);
  ASSERT_EQ(labels->size(), 3U);
  EXPECT_EQ((*labels)[0].path, "a, \"b\".jpg");
  EXPECT_EQ((*labels)[0].label, "cat");
  EXPECT_EQ((*labels)[1].label, "");
  EXPECT_EQ((*labels)[2].path, "two\nlines.jpg");
  EXPECT_EQ((*labels)[2].label, "dog");
}

TEST(LabelsFile, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  write_text_file(folder.file("l.csv"), "a.jpg,cat\nb.jpg,dog,7\n");
  EXPECT_THAT(internal::read_labels_file(folder.file("l.csv")).status().message(), HasSubstr("line 2"));
  EXPECT_EQ(internal::read_labels_file(folder.file("none")).status().code(), ErrorCode::not_found);
  EXPECT_EQ(internal::read_labels_file(folder.path()).status().code(), ErrorCode::invalid_argument);
}

TEST(ClusterMembers, TypicalFirstDoubtfulLast) {
  MatrixF embeddings(6, 2);
  const float rows[6][2] = {{1, 0}, {1, 0}, {0.9F, 0.1F}, {0, 1}, {1, 0}, {0, 1}};
  for (std::size_t i = 0; i < 6; ++i) {
    embeddings(i, 0) = rows[i][0];
    embeddings(i, 1) = rows[i][1];
  }
  const std::vector<ProjectPoint> points = {{1, 0, 1.0, 0.1, false}, {2, 0, 0.9, 0.1, false},
                                            {3, 0, 1.0, 0, false},   {4, 0, 0.2, 0, false},
                                            {5, -1, 0, 0.5, false},  {6, -1, 0, 0.9, false}};
  const auto members = internal::choose_members(points, 1, embeddings, 60);
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].typical.size(), 4U);
  EXPECT_EQ(members[0].typical.back(), 3U);
  EXPECT_THAT(members[0].doubtful, ElementsAre(3U));
  EXPECT_THAT(internal::order_noise(points), ElementsAre(5U, 4U));
}

TEST(OptionsJson, HoldsTheFieldsNames) {
  FitOptions options;
  options.min_cluster_size = 7;
  const auto json = internal::fit_options_json(options);
  EXPECT_EQ(json["n_neighbors"], 15);
  EXPECT_EQ(json["metric"], "cosine");
  EXPECT_EQ(json["min_cluster_size"], 7);
  EXPECT_EQ(json["cluster_selection_method"], "eom");
  EmbedOptions embed;
  embed.inputs = {"/bad\xFF"};
  EXPECT_THAT(internal::dump(internal::embed_options_json(embed)), HasSubstr("/bad"));
  EXPECT_TRUE(internal::parse("no json").empty());
}

}  // namespace
}  // namespace clipcluster::testing
