// GCC 12's own header reads an undefined register on purpose, and warns of it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#include "clip/engines/panel_products_simd.h"

namespace clipcluster::engines {
namespace {

struct MultiplyPairs {
  using Sum = __m512;
  using Weights = __m512bh;
  static constexpr std::size_t kWidth = 16;
  static Sum zero() { return _mm512_setzero_ps(); }
  static Weights load_weights(const char* p) { return (__m512bh)_mm512_loadu_si512(p); }
  static __m512bh load_input(const char* p) {
    std::int32_t x = 0;
    __builtin_memcpy(&x, p, sizeof x);
    return (__m512bh)_mm512_set1_epi32(x);
  }
  static Sum multiply_add(Sum sum, __m512bh input, Weights weights) {
    return _mm512_dpbf16_ps(sum, input, weights);
  }
  static void store(char* p, Sum sum) { _mm512_storeu_ps(p, sum); }
};

}  // namespace

void panel_product_avx512_bf16(const void* inputs, std::size_t stride, const void* panel, std::size_t depth,
                               std::size_t rows, void* sums) {
  panel_product_simd<MultiplyPairs, 12, 2>(inputs, stride, panel, depth, rows, sums);
}

}  // namespace clipcluster::engines
