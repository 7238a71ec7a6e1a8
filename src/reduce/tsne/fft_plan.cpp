#include "reduce/tsne/fft_plan.h"

#include <cmath>
#include <numbers>

namespace clipcluster::tsne {
namespace {

void append_twiddles(int length, int radix, std::vector<float>& twiddles) {
  for (int p = 0; p < length / radix; ++p) {
    for (int k = 1; k < radix; ++k) {
      const double angle = -2.0 * std::numbers::pi * p * k / length;
      twiddles.push_back(static_cast<float>(std::cos(angle)));
      twiddles.push_back(static_cast<float>(std::sin(angle)));
    }
  }
}

}  // namespace

FftPlan fft_plan(std::size_t size) {
  FftPlan plan;
  plan.size = size;
  auto length = static_cast<int>(size);
  int stride = 1;
  for (const int radix : {5, 3, 4, 2}) {
    while (length % radix == 0) {
      plan.passes.push_back({radix, length, stride, static_cast<int>(plan.twiddles.size())});
      append_twiddles(length, radix, plan.twiddles);
      length /= radix;
      stride *= radix;
    }
  }
  return plan;
}

std::size_t transform_size(std::size_t cells) {
  for (std::size_t octave = kSmallestTransform; octave <= kLargestTransform; octave *= 2) {
    for (const std::size_t quarters : {4, 5, 6}) {
      const std::size_t size = octave / 4 * quarters;
      if (size % kSmallestTransform == 0 && size <= kLargestTransform && size >= 2 * cells) return size;
    }
    // 15/8 lies between 6/4 and the next octave.
    const std::size_t size = octave / 8 * 15;
    if (size % kSmallestTransform == 0 && size <= kLargestTransform && size >= 2 * cells) return size;
  }
  return 0;
}

}  // namespace clipcluster::tsne
