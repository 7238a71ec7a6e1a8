#include "images/resize_banded.h"

#include <algorithm>
#include <array>
#include <vector>

#include "clipcluster/cpu.h"
#include "images/resize_bands.h"
#include "images/resize_weights.h"

#if CLIPCLUSTER_SIMD

namespace clipcluster {
namespace {

BandKernels choose_kernels() {
  static const bool has_vnni = __builtin_cpu_supports("avx512vnni");
  const bool wide = has_vnni && instruction_set() >= InstructionSet::avx512;
  return wide ? band_kernels_avx512() : band_kernels_avx2();
}

// What one axis does, in steps of four taps that begin at multiples of four from `origin` on.
struct SteppedAxis {
  std::int64_t origin = 0;  // source pixel or row
  std::int64_t end = 0;     // behind the last one needed
  std::vector<StepSpan> spans;
  std::vector<WeightStep> steps;
};

// An axis whose size stays gets the weight 1, which leaves every value as it is: as if there were no pass.
ResizeWeights weights_of(int size, const ResizeAxis& axis) {
  if (axis.size != size) return make_resize_weights(size, axis.size, axis.begin, axis.end);
  ResizeWeights same;
  same.weights = {1 << kResizeFractionBits};
  for (std::int64_t at = axis.begin; at < axis.end; ++at)
    same.spans.push_back({static_cast<int>(at), 1, 0});
  return same;
}

SteppedAxis make_steps(int size, const ResizeAxis& axis, const BandKernels& kernels) {
  const ResizeWeights weights = weights_of(size, axis);
  SteppedAxis stepped;
  stepped.origin = weights.spans.front().first;
  stepped.end = weights.spans.back().first + weights.spans.back().count;
  stepped.spans.reserve(weights.spans.size());
  for (const ResizeSpan& span : weights.spans) {
    const std::uint32_t from = static_cast<std::uint32_t>(span.first - stepped.origin);
    const std::uint32_t first = from / 4;
    const std::uint32_t count = (from + static_cast<std::uint32_t>(span.count) + 3) / 4 - first;
    stepped.spans.push_back({first, count, stepped.steps.size()});
    stepped.steps.resize(stepped.steps.size() + count, WeightStep{});
    for (int i = 0; i < span.count; ++i) {
      const std::uint32_t tap = from % 4 + static_cast<std::uint32_t>(i);
      WeightStep& step = stepped.steps[stepped.spans.back().steps + tap / 4];
      kernels.put_weight(weights.weights[span.weights + static_cast<std::size_t>(i)],
                         static_cast<int>(tap % 4), step);
    }
  }
  return stepped;
}

// Resized bands, made as the rows below need them; only as many are kept as one target row reaches over.
class Bands {
 public:
  Bands(const Image& image, const SteppedAxis& horizontal, const SteppedAxis& vertical,
        const BandKernels& kernels)
      : image_(image), horizontal_(horizontal), vertical_(vertical), kernels_(kernels) {
    for (const StepSpan& span : vertical.spans) kept_ = std::max<std::size_t>(kept_, span.count);
    const std::size_t pixels = static_cast<std::size_t>(horizontal.end - horizontal.origin);
    packed_.resize((pixels + 15) / 16 * 4 * kBlockBytes);
    band_bytes_ = horizontal.spans.size() * 12 + 64;
    ring_.resize(kept_ * band_bytes_);
  }

  // Valid until a band kept_ further on is asked for. Bands are asked for in rising order.
  const std::uint8_t* band(std::size_t index) {
    for (; made_ <= index; ++made_) make(made_);
    return ring_.data() + index % kept_ * band_bytes_;
  }

 private:
  void make(std::size_t index) {
    const std::size_t stride = static_cast<std::size_t>(image_.width) * 3;
    std::array<const std::uint8_t*, kBandRows> rows;
    for (std::size_t i = 0; i < kBandRows; ++i) {
      // The last band may have fewer rows; what stands in for the others has weight 0.
      const std::size_t row = std::min(static_cast<std::size_t>(vertical_.origin) + index * kBandRows + i,
                                       static_cast<std::size_t>(vertical_.end) - 1);
      rows[i] = image_.rgb.data() + row * stride + static_cast<std::size_t>(horizontal_.origin) * 3;
    }
    kernels_.pack(rows.data(), static_cast<std::size_t>(horizontal_.end - horizontal_.origin),
                  packed_.data());
    kernels_.across(packed_.data(), horizontal_.spans.data(), horizontal_.steps.data(),
                    horizontal_.spans.size(), ring_.data() + index % kept_ * band_bytes_);
  }

  const Image& image_;
  const SteppedAxis& horizontal_;
  const SteppedAxis& vertical_;
  const BandKernels& kernels_;
  std::size_t kept_ = 1;
  std::size_t made_ = 0;
  std::size_t band_bytes_ = 0;
  std::vector<std::uint8_t> packed_;
  std::vector<std::uint8_t> ring_;
};

}  // namespace

bool can_resize_banded() { return instruction_set() >= InstructionSet::avx2; }

Image resize_window_banded(const Image& image, const ResizeAxis& horizontal, const ResizeAxis& vertical) {
  const BandKernels kernels = choose_kernels();
  const SteppedAxis across = make_steps(image.width, horizontal, kernels);
  const SteppedAxis down = make_steps(image.height, vertical, kernels);
  Bands bands(image, across, down, kernels);
  Image result{static_cast<int>(across.spans.size()), static_cast<int>(down.spans.size()), {}};
  const std::size_t bytes = across.spans.size() * 3;
  result.rgb.resize(bytes * down.spans.size());
  std::vector<const std::uint8_t*> needed;
  std::uint8_t* to = result.rgb.data();
  for (const StepSpan& span : down.spans) {
    needed.clear();
    for (std::uint32_t i = 0; i < span.count; ++i) needed.push_back(bands.band(span.first + i));
    kernels.down(needed.data(), down.steps.data() + span.steps, span.count, bytes, to);
    to += bytes;
  }
  return result;
}

}  // namespace clipcluster

#endif
