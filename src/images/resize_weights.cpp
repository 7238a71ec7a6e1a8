#include "images/resize_weights.h"

#include <algorithm>
#include <cmath>

namespace clipcluster {
namespace {

constexpr double kSupport = 2.0;

// Keys' cubic convolution with a = -0.5. The order of operations is Pillow's: it decides the last bit.
double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

std::int32_t fixed_point(double weight) {
  const double scaled = weight * (1 << kResizeFractionBits);
  return static_cast<std::int32_t>(weight < 0 ? -0.5 + scaled : 0.5 + scaled);
}

}  // namespace

ResizeWeights make_resize_weights(int size, std::int64_t target, std::int64_t begin, std::int64_t end) {
  const double scale = static_cast<double>(size) / static_cast<double>(target);
  const double filter_scale = std::max(scale, 1.0);
  const double support = kSupport * filter_scale;
  const double step = 1.0 / filter_scale;
  ResizeWeights result;
  std::vector<double> weights;
  for (std::int64_t t = begin; t < end; ++t) {
    const double center = (static_cast<double>(t) + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int last = std::min(static_cast<int>(center + support + 0.5), size);
    weights.clear();
    double sum = 0.0;
    for (int x = 0; x < last - first; ++x) {
      weights.push_back(bicubic((x + first - center + 0.5) * step));
      sum += weights.back();
    }
    result.spans.push_back({first, last - first, result.weights.size()});
    for (const double weight : weights) {
      result.weights.push_back(fixed_point(sum != 0.0 ? weight / sum : weight));
    }
  }
  return result;
}

}  // namespace clipcluster
