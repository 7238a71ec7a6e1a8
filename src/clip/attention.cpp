#include "clip/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "clip/elements.h"
#include "clip/kernels.h"
#include "clipcluster/matrix.h"

namespace clipcluster::clip {
namespace {

// Scores of this many queries stay in the first-level cache between the two products.
constexpr std::size_t kQueryBlock = 48;

std::size_t padded(std::size_t size) { return (size + kColumnUnit - 1) / kColumnUnit * kColumnUnit; }

struct Scratch {
  MatrixF keys;    // [head_width, padded tokens], transposed
  MatrixF values;  // [tokens, padded head_width]
  MatrixF scores;  // [kQueryBlock, padded tokens]
  MatrixF result;  // [kQueryBlock, padded head_width]

  void reserve(const AttentionShape& shape) {
    const std::size_t tokens = padded(shape.tokens);
    const std::size_t width = padded(shape.head_width);
    if (keys.rows() == shape.head_width && keys.cols() == tokens && values.rows() == shape.tokens) return;
    keys = MatrixF(shape.head_width, tokens);
    values = MatrixF(shape.tokens, width);
    scores = MatrixF(kQueryBlock, tokens);
    result = MatrixF(kQueryBlock, width);
  }
};

void pack(const AttentionShape& shape, const float* keys, const float* values, Scratch& scratch) {
  const std::size_t stride = 3 * shape.width();
  for (std::size_t token = 0; token < shape.tokens; ++token) {
    const float* key = keys + token * stride;
    for (std::size_t i = 0; i < shape.head_width; ++i) scratch.keys(i, token) = key[i];
    std::memcpy(scratch.values.row(token), values + token * stride, shape.head_width * sizeof(float));
  }
}

}  // namespace

void attend(const AttentionShape& shape, std::size_t head, const float* queries_keys_values,
            engines::Element element, void* output) {
  thread_local Scratch scratch;
  scratch.reserve(shape);
  const Kernels& kernel = kernels();
  const float* queries = queries_keys_values + head * shape.head_width;
  pack(shape, queries + shape.width(), queries + 2 * shape.width(), scratch);
  const std::size_t tokens = scratch.scores.cols();
  const std::size_t width = scratch.result.cols();
  const float scale = 1.0F / std::sqrt(static_cast<float>(shape.head_width));
  for (std::size_t begin = 0; begin < shape.tokens; begin += kQueryBlock) {
    const std::size_t rows = std::min(kQueryBlock, shape.tokens - begin);
    const std::size_t stride = 3 * shape.width();
    kernel.product(queries + begin * stride, stride, scratch.keys.data(), tokens, scratch.scores.data(),
                   tokens, rows, tokens, shape.head_width);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t seen = shape.causal ? begin + row + 1 : shape.tokens;
      kernel.softmax(scratch.scores.row(row), seen, tokens, scale);
    }
    kernel.product(scratch.scores.data(), tokens, scratch.values.data(), width, scratch.result.data(),
                   width, rows, width, shape.tokens);
    for (std::size_t row = 0; row < rows; ++row) {
      store_elements(scratch.result.row(row), shape.head_width, element, output,
                     (begin + row) * shape.width() + head * shape.head_width);
    }
  }
}

}  // namespace clipcluster::clip
