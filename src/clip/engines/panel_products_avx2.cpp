#include <immintrin.h>

#include "clip/engines/panel_products_simd.h"

namespace clipcluster::engines {
namespace {

struct MultiplyFloats {
  using Sum = __m256;
  using Weights = __m256;
  static constexpr std::size_t kWidth = 8;
  static Sum zero() { return _mm256_setzero_ps(); }
  static Weights load_weights(const char* p) { return _mm256_loadu_ps(reinterpret_cast<const float*>(p)); }
  static __m256 load_input(const char* p) {
    float x = 0.0F;
    __builtin_memcpy(&x, p, sizeof x);
    return _mm256_set1_ps(x);
  }
  static Sum multiply_add(Sum sum, __m256 input, Weights weights) {
    return _mm256_fmadd_ps(input, weights, sum);
  }
  static void store(char* p, Sum sum) { _mm256_storeu_ps(reinterpret_cast<float*>(p), sum); }
};

// Bytes are widened to 16 bits, because the product of bytes that AVX2 has saturates: two products
// of 255 and 127 do not fit into 16 bits. Even and odd bytes apart, so that no lanes need be crossed.
struct MultiplyBytes {
  using Sum = __m256i;
  struct Weights {
    __m256i even;
    __m256i odd;
  };
  static constexpr std::size_t kWidth = 8;
  static Sum zero() { return _mm256_setzero_si256(); }
  static Weights load_weights(const char* p) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return {_mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8), _mm256_srai_epi16(bytes, 8)};
  }
  static Weights load_input(const char* p) {
    std::int32_t x = 0;
    __builtin_memcpy(&x, p, sizeof x);
    const __m256i bytes = _mm256_set1_epi32(x);
    return {_mm256_and_si256(bytes, _mm256_set1_epi16(0xFF)), _mm256_srli_epi16(bytes, 8)};
  }
  static Sum multiply_add(Sum sum, Weights input, Weights weights) {
    const __m256i even = _mm256_madd_epi16(input.even, weights.even);
    const __m256i odd = _mm256_madd_epi16(input.odd, weights.odd);
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
  }
  static void store(char* p, Sum sum) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), sum); }
};

}  // namespace

void panel_product_avx2_f32(const void* inputs, std::size_t stride, const void* panel, std::size_t depth,
                            std::size_t rows, void* sums) {
  panel_product_simd<MultiplyFloats, 6, 2>(inputs, stride, panel, depth, rows, sums);
}

void panel_product_avx2_int8(const void* inputs, std::size_t stride, const void* panel, std::size_t depth,
                             std::size_t rows, void* sums) {
  panel_product_simd<MultiplyBytes, 4, 2>(inputs, stride, panel, depth, rows, sums);
}

}  // namespace clipcluster::engines
