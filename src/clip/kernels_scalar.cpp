#include <algorithm>
#include <cmath>

#include "base/half.h"
#include "clip/kernels.h"

namespace clipcluster::clip {
namespace {

void layer_norm(const float* x, std::size_t width, const float* gamma, const float* beta, float eps,
                float* y) {
  const auto count = static_cast<float>(width);
  float sum = 0.0F;
  for (std::size_t i = 0; i < width; ++i) sum += x[i];
  const float mean = sum / count;
  float squares = 0.0F;
  for (std::size_t i = 0; i < width; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const float inverse = 1.0F / std::sqrt(squares / count + eps);
  for (std::size_t i = 0; i < width; ++i) y[i] = (x[i] - mean) * inverse * gamma[i] + beta[i];
}

void product(const float* a, std::size_t lda, const float* b, std::size_t ldb, float* c, std::size_t ldc,
             std::size_t m, std::size_t n, std::size_t k) {
  for (std::size_t i = 0; i < m; ++i) {
    float* row = c + i * ldc;
    std::fill(row, row + n, 0.0F);
    for (std::size_t p = 0; p < k; ++p) {
      const float factor = a[i * lda + p];
      for (std::size_t j = 0; j < n; ++j) row[j] += factor * b[p * ldb + j];
    }
  }
}

void softmax(float* x, std::size_t valid, std::size_t padded, float scale) {
  const float largest = *std::max_element(x, x + valid);
  float sum = 0.0F;
  for (std::size_t i = 0; i < valid; ++i) {
    x[i] = std::exp((x[i] - largest) * scale);
    sum += x[i];
  }
  const float inverse = 1.0F / sum;
  for (std::size_t i = 0; i < valid; ++i) x[i] *= inverse;
  std::fill(x + valid, x + padded, 0.0F);
}

void add(const float* x, std::size_t count, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] += x[i];
}

void to_bf16(const float* x, std::size_t count, std::uint16_t* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = internal::bf16_from_float(x[i]);
}

void round_to_bf16(const float* x, std::size_t count, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = internal::float_from_bf16(internal::bf16_from_float(x[i]));
}

}  // namespace

const Kernels kScalarKernels = {layer_norm, product, softmax, add, to_bf16, round_to_bf16};

}  // namespace clipcluster::clip
