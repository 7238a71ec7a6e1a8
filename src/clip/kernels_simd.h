// The vector versions, written once over a type V that names a register and its instructions.
// Included only by the files that are compiled for an instruction set; everything here is local to
// the including file, so that no such code can be linked into another one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "clip/functions_simd.h"
#include "clip/kernels.h"

namespace clipcluster::clip {
namespace {

template <class V>
struct SimdKernels {
  using Reg = typename V::Reg;
  static constexpr std::size_t kWidth = V::kWidth;

  static float sum_of(const float* x, std::size_t width) {
    Reg sum = V::set(0.0F);
    std::size_t i = 0;
    for (; i + kWidth <= width; i += kWidth) sum = V::add(sum, V::load(x + i));
    float total = V::sum(sum);
    for (; i < width; ++i) total += x[i];
    return total;
  }

  static float squares_of(const float* x, std::size_t width, float mean) {
    Reg sum = V::set(0.0F);
    std::size_t i = 0;
    for (; i + kWidth <= width; i += kWidth) {
      const Reg d = V::sub(V::load(x + i), V::set(mean));
      sum = V::fma(d, d, sum);
    }
    float total = V::sum(sum);
    for (; i < width; ++i) total += (x[i] - mean) * (x[i] - mean);
    return total;
  }

  static void layer_norm(const float* x, std::size_t width, const float* gamma, const float* beta,
                         float eps, float* y) {
    const auto count = static_cast<float>(width);
    const float mean = sum_of(x, width) / count;
    const float inverse = 1.0F / __builtin_sqrtf(squares_of(x, width, mean) / count + eps);
    std::size_t i = 0;
    for (; i + kWidth <= width; i += kWidth) {
      const Reg scaled = V::mul(V::sub(V::load(x + i), V::set(mean)), V::set(inverse));
      V::store(y + i, V::fma(scaled, V::load(gamma + i), V::load(beta + i)));
    }
    for (; i < width; ++i) y[i] = (x[i] - mean) * inverse * gamma[i] + beta[i];
  }

  // ROWS x COLUMNS registers of c, kept in registers over the whole of k.
  template <int ROWS, int COLUMNS>
  static void tile(const float* a, std::size_t lda, const float* b, std::size_t ldb, float* c,
                   std::size_t ldc, std::size_t k) {
    Reg sums[ROWS][COLUMNS];
    for (int i = 0; i < ROWS; ++i) {
      for (int j = 0; j < COLUMNS; ++j) sums[i][j] = V::set(0.0F);
    }
    for (std::size_t p = 0; p < k; ++p) {
      Reg columns[COLUMNS];
      for (int j = 0; j < COLUMNS; ++j) columns[j] = V::load(b + p * ldb + j * kWidth);
      for (int i = 0; i < ROWS; ++i) {
        const Reg factor = V::set(a[i * lda + p]);
        for (int j = 0; j < COLUMNS; ++j) sums[i][j] = V::fma(factor, columns[j], sums[i][j]);
      }
    }
    for (int i = 0; i < ROWS; ++i) {
      for (int j = 0; j < COLUMNS; ++j) V::store(c + i * ldc + j * kWidth, sums[i][j]);
    }
  }

  template <int COLUMNS>
  static void column_strip(const float* a, std::size_t lda, const float* b, std::size_t ldb, float* c,
                           std::size_t ldc, std::size_t m, std::size_t k) {
    std::size_t i = 0;
    for (; i + V::kTileRows <= m; i += V::kTileRows) {
      tile<V::kTileRows, COLUMNS>(a + i * lda, lda, b, ldb, c + i * ldc, ldc, k);
    }
    for (; i + 2 <= m; i += 2) tile<2, COLUMNS>(a + i * lda, lda, b, ldb, c + i * ldc, ldc, k);
    for (; i < m; ++i) tile<1, COLUMNS>(a + i * lda, lda, b, ldb, c + i * ldc, ldc, k);
  }

  static void product(const float* a, std::size_t lda, const float* b, std::size_t ldb, float* c,
                      std::size_t ldc, std::size_t m, std::size_t n, std::size_t k) {
    constexpr std::size_t strip = V::kTileColumns * kWidth;
    std::size_t j = 0;
    for (; j + strip <= n; j += strip) column_strip<V::kTileColumns>(a, lda, b + j, ldb, c + j, ldc, m, k);
    for (; j + kWidth <= n; j += kWidth) column_strip<1>(a, lda, b + j, ldb, c + j, ldc, m, k);
  }

  static void softmax(float* x, std::size_t valid, std::size_t padded, float scale) {
    for (std::size_t i = valid; i < padded; ++i) x[i] = -3.0e38F;
    Reg largest = V::load(x);
    for (std::size_t i = kWidth; i < padded; i += kWidth) largest = V::max(largest, V::load(x + i));
    const Reg top = V::set(V::largest(largest));
    for (std::size_t i = 0; i < padded; i += kWidth) {
      V::store(x + i, exp_of_negative<V>(V::mul(V::sub(V::load(x + i), top), V::set(scale))));
    }
    for (std::size_t i = valid; i < padded; ++i) x[i] = 0.0F;
    const Reg inverse = V::set(1.0F / sum_of(x, padded));
    for (std::size_t i = 0; i < padded; i += kWidth) V::store(x + i, V::mul(V::load(x + i), inverse));
  }

  static void add(const float* x, std::size_t count, float* y) {
    std::size_t i = 0;
    for (; i + kWidth <= count; i += kWidth) V::store(y + i, V::add(V::load(x + i), V::load(y + i)));
    for (; i < count; ++i) y[i] += x[i];
  }

  static std::uint32_t upper_half(float value) {
    std::uint32_t bits = 0;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
  }

  // Integers only: the compiler makes vectors of these two by itself.
  static void to_bf16(const float* x, std::size_t count, std::uint16_t* y) {
    for (std::size_t i = 0; i < count; ++i) y[i] = static_cast<std::uint16_t>(upper_half(x[i]));
  }

  static void round_to_bf16(const float* x, std::size_t count, float* y) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t bits = upper_half(x[i]) << 16;
      __builtin_memcpy(y + i, &bits, sizeof bits);
    }
  }

  static constexpr Kernels table() { return {layer_norm, product, softmax, add, to_bf16, round_to_bf16}; }
};

}  // namespace
}  // namespace clipcluster::clip
