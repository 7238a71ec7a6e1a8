// AVX2's registers for the kernels that are written once for all of them. Only for files compiled for
// AVX2; everything is local to the including file.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace clipcluster::clip {
namespace {

struct Avx2 {
  using Reg = __m256;
  static constexpr std::size_t kWidth = 8;
  static constexpr int kTileRows = 6;
  static constexpr int kTileColumns = 2;

  static Reg load(const float* x) { return _mm256_loadu_ps(x); }
  static void store(float* x, Reg r) { _mm256_storeu_ps(x, r); }
  static Reg set(float x) { return _mm256_set1_ps(x); }
  static Reg add(Reg a, Reg b) { return _mm256_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm256_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm256_mul_ps(a, b); }
  static Reg inverse(Reg x) { return _mm256_div_ps(set(1.0F), x); }
  static Reg max(Reg a, Reg b) { return _mm256_max_ps(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm256_fmadd_ps(a, b, c); }
  static Reg absolute(Reg x) { return _mm256_andnot_ps(set(-0.0F), x); }
  static Reg with_sign_of(Reg x, Reg sign) {
    return _mm256_or_ps(absolute(x), _mm256_and_ps(set(-0.0F), sign));
  }
  static Reg if_negative(Reg x, Reg yes, Reg no) { return _mm256_blendv_ps(no, yes, x); }
  static Reg nearest(Reg x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Reg times_power_of_two(Reg x, Reg n) {
    const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
  }
  static float sum(Reg r) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(r), _mm256_extractf128_ps(r, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
  }
  static float largest(Reg r) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(r), _mm256_extractf128_ps(r, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
  }

  // float(x - y) of integers.
  static Reg difference(const std::int32_t* x, const std::int32_t* y) {
    return _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)),
                                               _mm256_loadu_si256(reinterpret_cast<const __m256i*>(y))));
  }
  static Reg load_bf16(const std::uint16_t* x) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(x));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
  }
  static void store_bf16(std::uint16_t* y, Reg x) {
    const __m256i bits = _mm256_castps_si256(x);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF)));
    const __m256i upper = _mm256_srli_epi32(rounded, 16);
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(upper, upper), 0x08);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y), _mm256_castsi256_si128(packed));
  }
  // The nearest integers plus 128; x in [-127.5, 127.5].
  static void store_offset_bytes(std::uint8_t* y, Reg x) {
    const __m256i values = _mm256_add_epi32(_mm256_cvtps_epi32(x), _mm256_set1_epi32(128));
    const __m128i words =
        _mm_packus_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y), _mm_packus_epi16(words, words));
  }
};

}  // namespace
}  // namespace clipcluster::clip
