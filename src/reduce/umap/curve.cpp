#include "reduce/umap/curve.h"

#include <array>
#include <cmath>

namespace clipcluster::umap {
namespace {

constexpr int kSamples = 300;

struct Samples {
  std::array<double, kSamples> x;
  std::array<double, kSamples> y;
};

Samples target_curve(double min_dist, double spread) {
  Samples samples;
  for (int i = 0; i < kSamples; ++i) {
    const double x = 3.0 * spread * i / (kSamples - 1);
    samples.x[i] = x;
    samples.y[i] = x < min_dist ? 1.0 : std::exp(-(x - min_dist) / spread);
  }
  return samples;
}

// The normal equations J^T J step = -J^T r of the 2-parameter fit.
struct NormalEquations {
  double aa = 0.0, ab = 0.0, bb = 0.0;
  double ga = 0.0, gb = 0.0;
  double cost = 0.0;
};

NormalEquations linearise(const Samples& samples, Curve curve) {
  NormalEquations sums;
  for (int i = 0; i < kSamples; ++i) {
    const double x = samples.x[i];
    const double power = x > 0.0 ? std::pow(x, 2.0 * curve.b) : 0.0;
    const double value = 1.0 / (1.0 + curve.a * power);
    const double residual = value - samples.y[i];
    const double by_a = -value * value * power;
    const double by_b = x > 0.0 ? by_a * curve.a * 2.0 * std::log(x) : 0.0;
    sums.aa += by_a * by_a;
    sums.ab += by_a * by_b;
    sums.bb += by_b * by_b;
    sums.ga += by_a * residual;
    sums.gb += by_b * residual;
    sums.cost += residual * residual;
  }
  return sums;
}

Curve damped_step(const NormalEquations& sums, Curve curve, double damping) {
  const double aa = sums.aa * (1.0 + damping);
  const double bb = sums.bb * (1.0 + damping);
  const double determinant = aa * bb - sums.ab * sums.ab;
  return {curve.a - (bb * sums.ga - sums.ab * sums.gb) / determinant,
          curve.b - (aa * sums.gb - sums.ab * sums.ga) / determinant};
}

}  // namespace

// Levenberg-Marquardt with Marquardt's scaling.
Curve fit_curve(double min_dist, double spread) {
  const Samples samples = target_curve(min_dist, spread);
  Curve curve;
  NormalEquations sums = linearise(samples, curve);
  double damping = 1e-3;
  for (int iteration = 0; iteration < 500 && damping < 1e12; ++iteration) {
    const Curve tried = damped_step(sums, curve, damping);
    const NormalEquations there = linearise(samples, tried);
    // A curve with a <= 0 or b <= 0 does not fall with distance; the layout could not use it.
    if (tried.a > 0.0 && tried.b > 0.0 && there.cost <= sums.cost) {
      const double change = std::abs(tried.a - curve.a) + std::abs(tried.b - curve.b);
      curve = tried;
      sums = there;
      damping = std::fmax(damping * 0.1, 1e-12);
      if (change < 1e-13 * (curve.a + curve.b)) break;
    } else {
      damping *= 10.0;
    }
  }
  return curve;
}

}  // namespace clipcluster::umap
