#include "images/resize.h"

#include <cassert>
#include <cstring>

#include "images/resize_banded.h"
#include "images/resize_kernels.h"
#include "images/resize_weights.h"

namespace clipcluster {
namespace {

// Rows of a picture, not necessarily its own memory and not necessarily without gaps.
struct RowsView {
  const std::uint8_t* data;
  std::size_t stride;
};

std::vector<std::uint8_t> resize_rows(const Image& image, const ResizeAxis& axis, int first_row, int rows) {
  const ResizeWeights weights = make_resize_weights(image.width, axis.size, axis.begin, axis.end);
  const std::size_t targets = weights.spans.size();
  std::vector<std::uint8_t> result(targets * 3 * static_cast<std::size_t>(rows));
  const std::size_t stride = static_cast<std::size_t>(image.width) * 3;
  const std::size_t from = static_cast<std::size_t>(first_row) * stride;
  resize_rows_scalar(image.rgb.data() + from, stride, static_cast<std::size_t>(rows), weights.spans.data(),
                     weights.weights.data(), targets, result.data());
  return result;
}

}  // namespace

Image resize_window(const Image& image, const ResizeAxis& horizontal, const ResizeAxis& vertical) {
  assert(image.width > 0 && image.height > 0);
  assert(0 <= horizontal.begin && horizontal.begin < horizontal.end && horizontal.end <= horizontal.size);
  assert(0 <= vertical.begin && vertical.begin < vertical.end && vertical.end <= vertical.size);
#if CLIPCLUSTER_SIMD
  if (can_resize_banded()) return resize_window_banded(image, horizontal, vertical);
#endif
  Image result;
  result.width = static_cast<int>(horizontal.end - horizontal.begin);
  result.height = static_cast<int>(vertical.end - vertical.begin);
  const std::size_t bytes = static_cast<std::size_t>(result.width) * 3;
  result.rgb.resize(bytes * static_cast<std::size_t>(result.height));

  // Which source rows the window needs. Pillow skips a pass whose size does not change.
  const bool resize_height = vertical.size != image.height;
  ResizeWeights weights;
  if (resize_height)
    weights = make_resize_weights(image.height, vertical.size, vertical.begin, vertical.end);
  const int first_row = resize_height ? weights.spans.front().first : static_cast<int>(vertical.begin);
  const int last_row = resize_height ? weights.spans.back().first + weights.spans.back().count
                                     : static_cast<int>(vertical.end);

  std::vector<std::uint8_t> resized_rows;
  const std::size_t image_stride = static_cast<std::size_t>(image.width) * 3;
  RowsView rows{
      image.rgb.data() + static_cast<std::size_t>(first_row) * image_stride + horizontal.begin * 3,
      image_stride};
  if (horizontal.size != image.width) {
    resized_rows = resize_rows(image, horizontal, first_row, last_row - first_row);
    rows = {resized_rows.data(), bytes};
  }
  for (int y = 0; y < result.height; ++y) {
    std::uint8_t* to = result.rgb.data() + static_cast<std::size_t>(y) * bytes;
    if (!resize_height) {
      std::memcpy(to, rows.data + static_cast<std::size_t>(y) * rows.stride, bytes);
      continue;
    }
    const ResizeSpan& span = weights.spans[static_cast<std::size_t>(y)];
    resize_columns_scalar(rows.data + static_cast<std::size_t>(span.first - first_row) * rows.stride,
                          rows.stride, weights.weights.data() + span.weights,
                          static_cast<std::size_t>(span.count), bytes, to);
  }
  return result;
}

Image resize_bicubic(const Image& image, int width, int height) {
  assert(width >= 1 && height >= 1);
  return resize_window(image, {width, 0, width}, {height, 0, height});
}

}  // namespace clipcluster
