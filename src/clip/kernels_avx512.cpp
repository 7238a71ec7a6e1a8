// GCC 12's own header reads an undefined register on purpose, and warns of it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#include "clip/kernels_simd.h"

namespace clipcluster::clip {
namespace {

struct Avx512 {
  using Reg = __m512;
  static constexpr std::size_t kWidth = 16;
  static constexpr int kTileRows = 6;
  static constexpr int kTileColumns = 4;

  static Reg load(const float* x) { return _mm512_loadu_ps(x); }
  static void store(float* x, Reg r) { _mm512_storeu_ps(x, r); }
  static Reg set(float x) { return _mm512_set1_ps(x); }
  static Reg add(Reg a, Reg b) { return _mm512_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm512_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
  static Reg max(Reg a, Reg b) { return _mm512_max_ps(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
  static Reg nearest(Reg x) {
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static Reg times_power_of_two(Reg x, Reg n) { return _mm512_scalef_ps(x, n); }
  static float sum(Reg r) { return _mm512_reduce_add_ps(r); }
  static float largest(Reg r) { return _mm512_reduce_max_ps(r); }
};

}  // namespace

const Kernels kAvx512Kernels = SimdKernels<Avx512>::table();

}  // namespace clipcluster::clip
