// The small loops of a transformer that are not dense layers. Each has a scalar version, which is
// the meaning, and faster ones that agree with it up to rounding.
#pragma once

#include <cstddef>
#include <cstdint>

#include "clipcluster/cpu.h"

namespace clipcluster::clip {

// Columns of the second factor of `product` come in multiples of this.
constexpr std::size_t kColumnUnit = 16;

struct Kernels {
  // y = (x - mean(x)) / sqrt(variance(x) + eps) * gamma + beta over one row.
  void (*layer_norm)(const float* x, std::size_t width, const float* gamma, const float* beta, float eps,
                     float* y);
  // c[m, n] = a[m, k] b[k, n]; lda, ldb, ldc are the distances of rows; n a multiple of kColumnUnit.
  // Every element is summed in the order of k, whatever m and n are.
  void (*product)(const float* a, std::size_t lda, const float* b, std::size_t ldb, float* c,
                  std::size_t ldc, std::size_t m, std::size_t n, std::size_t k);
  // x[0, valid) = softmax(scale * x[0, valid)); x[valid, padded) = 0; padded a multiple of
  // kColumnUnit, valid > 0, scale > 0.
  void (*softmax)(float* x, std::size_t valid, std::size_t padded, float scale);
  // y += x
  void (*add)(const float* x, std::size_t count, float* y);
  // Nearest bf16, ties to even; numbers must be finite. x and y may be the same in round_to_bf16.
  void (*to_bf16)(const float* x, std::size_t count, std::uint16_t* y);
  void (*round_to_bf16)(const float* x, std::size_t count, float* y);
};

const Kernels& kernels(InstructionSet set);
inline const Kernels& kernels() { return kernels(instruction_set()); }

extern const Kernels kScalarKernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;

}  // namespace clipcluster::clip
