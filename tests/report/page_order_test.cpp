#include "report/page_order.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "report_input.h"

namespace clipcluster::report {
namespace {

using testing::make_report_input_for_tests;

TEST(PageOrder, IsAPermutationWithClustersAsRanges) {
  const ReportInput input = make_report_input_for_tests(500, 7);
  const PageOrder order = make_page_order(input);
  ASSERT_EQ(order.image_at.size(), 500U);
  for (std::uint32_t place = 0; place < 500; ++place)
    EXPECT_EQ(order.place_of[order.image_at[place]], place);
  ASSERT_EQ(order.cluster_begin.size(), 9U);
  EXPECT_EQ(order.cluster_begin.front(), 0U);
  EXPECT_EQ(order.cluster_begin.back(), 500U);
  for (std::size_t range = 0; range + 1 < order.cluster_begin.size(); ++range) {
    for (auto place = order.cluster_begin[range]; place < order.cluster_begin[range + 1]; ++place) {
      EXPECT_EQ(input.images[order.image_at[place]].label, static_cast<std::int32_t>(range) - 1);
    }
  }
}

TEST(PageOrder, KeepsProportionsInTheUnitSquare) {
  ReportInput input;
  input.images.resize(3);
  input.images[1].x = 20.0F;
  input.images[2].x = 10.0F;
  input.images[2].y = 5.0F;
  const PageOrder order = make_page_order(input);
  const auto point = [&](std::size_t image) { return order.points[order.place_of[image]]; };
  EXPECT_FLOAT_EQ(point(0).x, 0.0F);
  EXPECT_FLOAT_EQ(point(1).x, 1.0F);
  EXPECT_FLOAT_EQ(point(2).x, 0.5F);
  EXPECT_FLOAT_EQ(point(2).y - point(0).y, 0.25F);
}

// Neighbours in the order should be neighbours on the map: a step along the curve is much shorter
// than a step between images taken at random.
TEST(PageOrder, FollowsTheMap) {
  ReportInput input;
  const CounterRandom random(3, "order test");
  input.clusters.resize(1);
  for (std::uint32_t i = 0; i < 4000; ++i) {
    ReportImage image;
    image.label = 0;
    image.x = static_cast<float>(random.uniform(i, 0));
    image.y = static_cast<float>(random.uniform(i, 1));
    input.images.push_back(image);
  }
  const PageOrder order = make_page_order(input);
  double length = 0.0;
  for (std::size_t i = 1; i < order.points.size(); ++i) {
    length +=
        std::hypot(order.points[i].x - order.points[i - 1].x, order.points[i].y - order.points[i - 1].y);
  }
  EXPECT_LT(length / 4000, 0.03);  // at random: 0.52
}

TEST(PageOrder, PutsWhatHasNoPlaceInTheMiddle) {
  ReportInput input;
  input.images.resize(3);
  input.images[1].x = 2.0F;
  input.images[2].x = std::numeric_limits<float>::quiet_NaN();
  const PageOrder order = make_page_order(input);
  const MapPoint point = order.points[order.place_of[2]];
  EXPECT_EQ(point.x, 0.5F);
  EXPECT_EQ(point.y, 0.5F);
}

}  // namespace
}  // namespace clipcluster::report
