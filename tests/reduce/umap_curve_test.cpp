#include <gtest/gtest.h>

#include <cmath>

#include "reduce/umap/curve.h"

namespace clipcluster::umap {
namespace {

struct Fitted {
  double min_dist, spread, a, b;
};

// What umap-learn 0.5.3's find_ab_params (scipy's curve_fit) answers; it stops early by up to 2e-5.
constexpr Fitted kFitted[] = {
    {0, 1, 1.9328084, 0.790494973},      {0.1, 1, 1.57694346, 0.895060878},
    {0.5, 1, 0.58303002, 1.33416699},    {0.99, 1, 0.1193053, 1.91639042},
    {0.25, 2, 0.416273497, 0.921855132}, {0.05, 0.3, 13.9726232, 0.966823548},
    {1, 1, 0.114975683, 1.92923715},     {0, 0.5, 5.78248338, 0.790495106},
    {3, 3, 0.00165826644, 1.92923184},   {0.001, 1, 1.9290734, 0.791504533},
    {0, 5, 0.151748585, 0.790494773},
};

TEST(UmapCurve, EqualsScipy) {
  for (const Fitted& fitted : kFitted) {
    const Curve curve = fit_curve(fitted.min_dist, fitted.spread);
    EXPECT_NEAR(curve.a, fitted.a, 3e-5 * fitted.a) << fitted.min_dist << " " << fitted.spread;
    EXPECT_NEAR(curve.b, fitted.b, 1e-5 * fitted.b) << fitted.min_dist << " " << fitted.spread;
  }
}

TEST(UmapCurve, ScalesWithSpread) {
  // Distances in other units: a changes by unit^(2b), b not at all.
  const Curve one = fit_curve(0.1, 1.0);
  for (const double unit : {1e-3, 0.5, 40.0}) {
    const Curve other = fit_curve(0.1 * unit, unit);
    EXPECT_NEAR(other.b, one.b, 1e-6);
    EXPECT_NEAR(other.a * std::pow(unit, 2.0 * one.b), one.a, 1e-5);
  }
}

}  // namespace
}  // namespace clipcluster::umap
