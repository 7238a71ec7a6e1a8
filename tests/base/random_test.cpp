#include "clipcluster/random.h"

#include <gtest/gtest.h>

namespace clipcluster {
namespace {

TEST(CounterRandom, IsAFunctionOfItsArguments) {
  const CounterRandom a(1, "purpose");
  const CounterRandom b(1, "purpose");
  EXPECT_EQ(a.bits(5, 6), b.bits(5, 6));
  EXPECT_NE(a.bits(5, 6), a.bits(6, 5));
  EXPECT_NE(a.bits(5, 6), CounterRandom(2, "purpose").bits(5, 6));
  EXPECT_NE(a.bits(5, 6), CounterRandom(1, "another").bits(5, 6));
}

TEST(CounterRandom, UniformFillsItsRange) {
  const CounterRandom random(3, "uniform");
  double sum = 0.0;
  int below_tenth = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const double x = random.uniform(i);
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
    below_tenth += x < 0.1 ? 1 : 0;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
  EXPECT_NEAR(below_tenth, 10'000, 500);
}

TEST(CounterRandom, BelowStaysBelow) {
  const CounterRandom random(4, "below");
  std::array<int, 7> seen{};
  for (std::uint64_t i = 0; i < 7'000; ++i) ++seen.at(random.below(7, i));
  for (const int count : seen) EXPECT_NEAR(count, 1'000, 150);
}

TEST(CounterRandom, NormalHasUnitVariance) {
  const CounterRandom random(5, "normal");
  double sum = 0.0;
  double squares = 0.0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const double x = random.normal(i);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 100'000, 0.0, 0.02);
  EXPECT_NEAR(squares / 100'000, 1.0, 0.02);
}

}  // namespace
}  // namespace clipcluster
