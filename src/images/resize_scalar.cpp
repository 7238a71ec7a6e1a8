#include "images/resize_kernels.h"

namespace clipcluster {
namespace {

constexpr std::uint32_t kHalf = 1U << (kResizeFractionBits - 1);

// The shift is arithmetic: a sum below 0 stays below 0.
std::uint8_t clip(std::uint32_t sum) {
  const std::int32_t value = static_cast<std::int32_t>(sum) >> kResizeFractionBits;
  return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

std::uint32_t product(std::uint8_t pixel, std::int32_t weight) {
  return static_cast<std::uint32_t>(pixel) * static_cast<std::uint32_t>(weight);
}

void resize_row(const std::uint8_t* row, const ResizeSpan* spans, const std::int32_t* weights,
                std::size_t targets, std::uint8_t* to) {
  for (std::size_t t = 0; t < targets; ++t) {
    const std::uint8_t* from = row + static_cast<std::size_t>(spans[t].first) * 3;
    const std::int32_t* weight = weights + spans[t].weights;
    std::uint32_t red = kHalf;
    std::uint32_t green = kHalf;
    std::uint32_t blue = kHalf;
    for (std::int32_t i = 0; i < spans[t].count; ++i, from += 3) {
      red += product(from[0], weight[i]);
      green += product(from[1], weight[i]);
      blue += product(from[2], weight[i]);
    }
    *to++ = clip(red);
    *to++ = clip(green);
    *to++ = clip(blue);
  }
}

}  // namespace

void resize_rows_scalar(const std::uint8_t* rows, std::size_t stride, std::size_t count,
                        const ResizeSpan* spans, const std::int32_t* weights, std::size_t targets,
                        std::uint8_t* to) {
  for (std::size_t y = 0; y < count; ++y) {
    resize_row(rows + y * stride, spans, weights, targets, to + y * targets * 3);
  }
}

void resize_columns_scalar(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                           std::size_t count, std::size_t bytes, std::uint8_t* to) {
  for (std::size_t x = 0; x < bytes; ++x) {
    std::uint32_t sum = kHalf;
    for (std::size_t i = 0; i < count; ++i) sum += product(rows[i * stride + x], weights[i]);
    to[x] = clip(sum);
  }
}

}  // namespace clipcluster
