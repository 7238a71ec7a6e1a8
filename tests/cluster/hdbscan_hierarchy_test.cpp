// Where the selected clusters separate.
#include <gmock/gmock.h>

#include <set>

#include "clipcluster/hdbscan.h"
#include "cluster/hdbscan_points.h"
#include "support/support.h"

namespace clipcluster {
namespace {

// Ids: points 0..9, root 10. 10 -> 11, 12 (lambda 1); 11 -> 13, 14 (2); 13 -> 15, 16 (4).
std::vector<CondensedRow> small_tree() {
  return {{10, 11, 1.0, 6}, {10, 12, 1.0, 4}, {11, 13, 2.0, 4}, {11, 14, 2.0, 2},
          {13, 15, 4.0, 2}, {13, 16, 4.0, 2}, {12, 6, 3.0, 1},  {12, 7, 3.0, 1},
          {12, 8, 3.0, 1},  {12, 9, 3.0, 1},  {14, 4, 5.0, 1},  {14, 5, 5.0, 1},
          {15, 0, 6.0, 1},  {15, 1, 6.0, 1},  {16, 2, 6.0, 1},  {16, 3, 6.0, 1}};
}

TEST(ClusterHierarchy, KeepsWhereSelectedClustersPart) {
  const std::vector<std::int32_t> leaves = {12, 14, 15, 16};
  const auto nodes = cluster_hierarchy(small_tree(), 10, leaves);
  ASSERT_EQ(nodes.size(), 7U);
  EXPECT_EQ(nodes[0].parent, -1);
  EXPECT_EQ(nodes[0].distance, 1.0);
  EXPECT_EQ(nodes[0].points, 10);
  EXPECT_EQ(nodes[1].parent, 0);  // 11
  EXPECT_EQ(nodes[1].distance, 0.5);
  EXPECT_EQ(nodes[2].label, 0);   // 12
  EXPECT_EQ(nodes[3].parent, 1);  // 13
  EXPECT_EQ(nodes[3].distance, 0.25);
  EXPECT_EQ(nodes[4].label, 1);
  EXPECT_EQ(nodes[6].parent, 3);
  EXPECT_EQ(nodes[6].distance, 0.0);
  EXPECT_EQ(nodes[6].points, 2);
}

TEST(ClusterHierarchy, LeavesOutNodesWithOneBranch) {
  const std::vector<std::int32_t> two = {15, 16};  // 12 and 14 are noise: nothing parts above 13
  const auto nodes = cluster_hierarchy(small_tree(), 10, two);
  ASSERT_EQ(nodes.size(), 3U);
  EXPECT_EQ(nodes[0].points, 4);
  EXPECT_EQ(nodes[0].distance, 0.25);
  const std::vector<std::int32_t> far = {12, 16};
  const auto apart = cluster_hierarchy(small_tree(), 10, far);
  ASSERT_EQ(apart.size(), 3U);
  EXPECT_EQ(apart[0].distance, 1.0);
  EXPECT_EQ(apart[2].parent, 0);
}

TEST(ClusterHierarchy, OfOneClusterOfTheRootAndOfNone) {
  const std::vector<std::int32_t> root = {10};
  const auto one = cluster_hierarchy(small_tree(), 10, root);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].label, 0);
  EXPECT_EQ(one[0].distance, 0.0);
  EXPECT_TRUE(cluster_hierarchy(small_tree(), 10, {}).empty());
}

TEST(ClusterHierarchy, OfAFitHasEveryClusterOnce) {
  const Matrix<double> points = testing::blob_points(1500, 2, 5, 12);
  for (const auto method : {ClusterSelectionMethod::excess_of_mass, ClusterSelectionMethod::leaf}) {
    HdbscanOptions options;
    options.min_samples = 3;
    options.cluster_selection_method = method;
    const auto result = fit_hdbscan(points, options);
    ASSERT_OK(result);
    const HdbscanModel model = make_hdbscan_model(points.clone(), options, *result);
    const auto nodes = cluster_hierarchy(model);
    std::set<std::int32_t> labels;
    std::vector<int> children(nodes.size(), 0);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      EXPECT_TRUE(nodes[i].label < 0 || labels.insert(nodes[i].label).second);
      if (i == 0) continue;
      ASSERT_TRUE(nodes[i].parent >= 0 && nodes[i].parent < static_cast<std::int32_t>(i));
      const auto parent = static_cast<std::size_t>(nodes[i].parent);
      ++children[parent];
      EXPECT_LE(nodes[i].distance, nodes[parent].distance);  // equal where several part at once
      EXPECT_LT(nodes[i].points, nodes[parent].points);
    }
    EXPECT_EQ(labels.size(), model.cluster_ids.size());
    ASSERT_GT(labels.size(), 5U);
    EXPECT_EQ(nodes.size(), 2 * labels.size() - 1);
    for (std::size_t i = 0; i < nodes.size(); ++i) EXPECT_EQ(children[i], nodes[i].label >= 0 ? 0 : 2);
  }
}

}  // namespace
}  // namespace clipcluster
