// GCC 12's own header reads an undefined register on purpose, and warns of it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#include "clip/engines/panel_products_simd.h"

namespace clipcluster::engines {
namespace {

struct MultiplyFloats {
  using Sum = __m512;
  using Weights = __m512;
  static constexpr std::size_t kWidth = 16;
  static Sum zero() { return _mm512_setzero_ps(); }
  static Weights load_weights(const char* p) { return _mm512_loadu_ps(p); }
  static __m512 load_input(const char* p) {
    float x = 0.0F;
    __builtin_memcpy(&x, p, sizeof x);
    return _mm512_set1_ps(x);
  }
  static Sum multiply_add(Sum sum, __m512 input, Weights weights) {
    return _mm512_fmadd_ps(input, weights, sum);
  }
  static void store(char* p, Sum sum) { _mm512_storeu_ps(p, sum); }
};

struct MultiplyBytes {
  using Sum = __m512i;
  using Weights = __m512i;
  static constexpr std::size_t kWidth = 16;
  static Sum zero() { return _mm512_setzero_si512(); }
  static Weights load_weights(const char* p) { return _mm512_loadu_si512(p); }
  static __m512i load_input(const char* p) {
    std::int32_t x = 0;
    __builtin_memcpy(&x, p, sizeof x);
    return _mm512_set1_epi32(x);
  }
  // As assembly because GCC 12 copies the sums of its intrinsic to memory and back in every step.
  static Sum multiply_add(Sum sum, __m512i input, Weights weights) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(input), "v"(weights));
    return sum;
  }
  static void store(char* p, Sum sum) { _mm512_storeu_si512(p, sum); }
};

}  // namespace

void panel_product_avx512_f32(const void* inputs, std::size_t stride, const void* panel, std::size_t depth,
                              std::size_t rows, void* sums) {
  panel_product_simd<MultiplyFloats, 12, 2>(inputs, stride, panel, depth, rows, sums);
}

void panel_product_avx512_vnni(const void* inputs, std::size_t stride, const void* panel, std::size_t depth,
                               std::size_t rows, void* sums) {
  panel_product_simd<MultiplyBytes, 12, 2>(inputs, stride, panel, depth, rows, sums);
}

}  // namespace clipcluster::engines
