#include "base/number_text.h"

#include <gtest/gtest.h>

namespace clipcluster {
namespace {

TEST(NumberText, GroupsByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
}

TEST(NumberText, SecondsGetTheUnitsThatFit) {
  EXPECT_EQ(seconds_text(0.42), "0.42 s");
  EXPECT_EQ(seconds_text(75), "75.0 s");
  EXPECT_EQ(seconds_text(725), "12 min 5 s");
  EXPECT_EQ(seconds_text(12'000), "3 h 20 min");
}

TEST(NumberText, BytesGetTheUnitsThatFit) {
  EXPECT_EQ(bytes_text(999), "999 bytes");
  EXPECT_EQ(bytes_text(12'345'678), "12.3 MB");
}

}  // namespace
}  // namespace clipcluster
