// AVX-512's registers for the kernels that are written once for all of them. Only for files compiled
// for AVX-512; everything is local to the including file.
#pragma once

// GCC 12's own header reads an undefined register on purpose, and warns of it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

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
  // One step of Newton's method after an estimate of 14 bits; x in the middle of float's range.
  static Reg inverse(Reg x) {
    const Reg estimate = _mm512_rcp14_ps(x);
    return _mm512_mul_ps(estimate, _mm512_fnmadd_ps(x, estimate, set(2.0F)));
  }
  static Reg max(Reg a, Reg b) { return _mm512_max_ps(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
  static Reg absolute(Reg x) { return _mm512_abs_ps(x); }
  static Reg with_sign_of(Reg x, Reg sign) {
    return _mm512_or_ps(absolute(x), _mm512_and_ps(set(-0.0F), sign));
  }
  static Reg if_negative(Reg x, Reg yes, Reg no) {
    return _mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(x)), no, yes);
  }
  static Reg nearest(Reg x) {
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static Reg times_power_of_two(Reg x, Reg n) { return _mm512_scalef_ps(x, n); }
  static float sum(Reg r) { return _mm512_reduce_add_ps(r); }
  static float largest(Reg r) { return _mm512_reduce_max_ps(r); }

  // float(x - y) of integers.
  static Reg difference(const std::int32_t* x, const std::int32_t* y) {
    return _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_loadu_si512(x), _mm512_loadu_si512(y)));
  }
  static Reg load_bf16(const std::uint16_t* x) {
    const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
  static void store_bf16(std::uint16_t* y, Reg x) {
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7FFF)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y),
                        _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
  }
  // The nearest integers plus 128; x in [-127.5, 127.5].
  static void store_offset_bytes(std::uint8_t* y, Reg x) {
    const __m512i values = _mm512_add_epi32(_mm512_cvtps_epi32(x), _mm512_set1_epi32(128));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y), _mm512_cvtepi32_epi8(values));
  }
};

}  // namespace
}  // namespace clipcluster::clip
