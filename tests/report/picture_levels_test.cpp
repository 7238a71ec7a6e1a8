#include "report/picture_levels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "report_input.h"

namespace clipcluster::report {
namespace {

using testing::make_report_input_for_tests;

TEST(PictureLevels, NoTwoPicturesOfALevelAreTooNear) {
  const ReportInput input = make_report_input_for_tests(800, 5);
  const PageOrder order = make_page_order(input);
  const auto levels = choose_picture_levels(input, order);
  for (int level = 0; level < picture_level_count; ++level) {
    const double spacing = picture_spacing(level);
    for (std::size_t a = 0; a < levels.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        if (levels[a] > level || levels[b] > level) continue;
        const double dx = std::fabs(double{order.points[a].x} - order.points[b].x);
        const double dy = std::fabs(double{order.points[a].y} - order.points[b].y);
        ASSERT_GE(std::max(dx, dy), spacing) << "level " << level << ", places " << a << " and " << b;
      }
    }
  }
}

TEST(PictureLevels, EveryImageApartFromOthersIsShownAtLast) {
  const ReportInput input = make_report_input_for_tests(800, 5);
  const auto levels = choose_picture_levels(input, make_page_order(input));
  for (const std::uint8_t level : levels) EXPECT_LT(level, picture_level_count);
}

TEST(PictureLevels, OfImagesOnOneSpotOneIsShown) {
  ReportInput input;
  input.images.resize(5);
  input.images[4].x = 1.0F;
  const auto levels = choose_picture_levels(input, make_page_order(input));
  EXPECT_EQ(std::count(levels.begin(), levels.end(), no_picture_level), 3);
}

TEST(PictureLevels, TheTypicalImageOfTheLargestClusterComesFirst) {
  ReportInput input = make_report_input_for_tests(300, 2);
  input.images[8].label = 1;  // now cluster 1 is the larger one
  input.clusters[0].typical.clear();
  input.clusters[1].typical = {21};
  const PageOrder order = make_page_order(input);
  EXPECT_EQ(choose_picture_levels(input, order)[order.place_of[21]], 0);
}

}  // namespace
}  // namespace clipcluster::report
