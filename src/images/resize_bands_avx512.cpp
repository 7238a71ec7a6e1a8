#include <immintrin.h>

#include "images/resize_bands.h"
#include "images/resize_kernels.h"

// Beyond what the build gives to files of this name; resize_banded.cpp asks the processor for it.
#define CLIPCLUSTER_VNNI __attribute__((target("avx512vnni")))

namespace clipcluster {
namespace {

// Parts 0 to 2: digits to the base 256, each in -128..127, weight = low + 256 * middle + 65536 * high.
void put_weight(std::int32_t weight, int tap, WeightStep& step) {
  for (int part = 0; part < 3; ++part) {
    const std::uint32_t digit = static_cast<std::uint32_t>(weight) & 0xFFU;
    step.parts[part] =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(step.parts[part]) | digit << (8 * tap));
    weight = (weight - static_cast<std::int8_t>(digit)) >> 8;
  }
}

// 16 sums for each digit. Products and sums are exact modulo 2^32, as the scalar kernel's are.
struct Sums {
  __m512i low = _mm512_set1_epi32(1 << (kResizeFractionBits - 1));
  __m512i middle = _mm512_setzero_si512();
  __m512i high = _mm512_setzero_si512();
};

CLIPCLUSTER_VNNI void add_step(Sums& sums, __m512i pixels, const WeightStep& step) {
  sums.low = _mm512_dpbusd_epi32(sums.low, pixels, _mm512_set1_epi32(step.parts[0]));
  sums.middle = _mm512_dpbusd_epi32(sums.middle, pixels, _mm512_set1_epi32(step.parts[1]));
  sums.high = _mm512_dpbusd_epi32(sums.high, pixels, _mm512_set1_epi32(step.parts[2]));
}

__m128i finish(const Sums& sums) {
  const __m512i upper = _mm512_add_epi32(sums.middle, _mm512_slli_epi32(sums.high, 8));
  const __m512i all = _mm512_add_epi32(sums.low, _mm512_slli_epi32(upper, 8));
  const __m512i values = _mm512_srai_epi32(all, kResizeFractionBits);
  return _mm512_cvtusepi32_epi8(_mm512_max_epi32(values, _mm512_setzero_si512()));
}

// 16 pixels of one row as four blocks of that row. The bytes that `mask` leaves out are not touched.
__m512i load_blocks(const std::uint8_t* row, __mmask64 mask) {
  const __m512i spread = _mm512_setr_epi32(0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);
  const __m512i by_color =
      _mm512_broadcast_i32x4(_mm_setr_epi8(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1));
  return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(spread, _mm512_maskz_loadu_epi8(mask, row)),
                             by_color);
}

void pack(const std::uint8_t* const rows[kBandRows], std::size_t pixels, std::uint8_t* to) {
  for (std::size_t x = 0; x < pixels; x += 16, to += 4 * kBlockBytes) {
    const std::size_t left = pixels - x < 16 ? pixels - x : 16;
    const __mmask64 mask = (std::uint64_t{1} << (left * 3)) - 1;
    const __m512i a = load_blocks(rows[0] + x * 3, mask);
    const __m512i b = load_blocks(rows[1] + x * 3, mask);
    const __m512i c = load_blocks(rows[2] + x * 3, mask);
    const __m512i d = load_blocks(rows[3] + x * 3, mask);
    // A matrix of 4 x 4 quarters, transposed.
    const __m512i ab_even = _mm512_shuffle_i32x4(a, b, 0x88);  // a0 a2 b0 b2
    const __m512i ab_odd = _mm512_shuffle_i32x4(a, b, 0xDD);   // a1 a3 b1 b3
    const __m512i cd_even = _mm512_shuffle_i32x4(c, d, 0x88);
    const __m512i cd_odd = _mm512_shuffle_i32x4(c, d, 0xDD);
    _mm512_storeu_si512(to, _mm512_shuffle_i32x4(ab_even, cd_even, 0x88));
    _mm512_storeu_si512(to + kBlockBytes, _mm512_shuffle_i32x4(ab_odd, cd_odd, 0x88));
    _mm512_storeu_si512(to + 2 * kBlockBytes, _mm512_shuffle_i32x4(ab_even, cd_even, 0xDD));
    _mm512_storeu_si512(to + 3 * kBlockBytes, _mm512_shuffle_i32x4(ab_odd, cd_odd, 0xDD));
  }
}

CLIPCLUSTER_VNNI void across(const std::uint8_t* packed, const StepSpan* spans, const WeightStep* steps,
                             std::size_t targets, std::uint8_t* to) {
  // From rows of red, green, blue to colours of four rows.
  const __m128i by_color = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, -1, -1, -1, -1);
  for (std::size_t t = 0; t < targets; ++t, to += 3 * kBandRows) {
    const std::uint8_t* from = packed + spans[t].first * kBlockBytes;
    const WeightStep* step = steps + spans[t].steps;
    Sums sums;
    for (std::uint32_t i = 0; i < spans[t].count; ++i) {
      add_step(sums, _mm512_loadu_si512(from + i * kBlockBytes), step[i]);
    }
    // The last four bytes are overwritten by the next target.
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_shuffle_epi8(finish(sums), by_color));
  }
}

CLIPCLUSTER_VNNI void down(const std::uint8_t* const* bands, const WeightStep* steps, std::size_t count,
                           std::size_t bytes, std::uint8_t* to) {
  for (std::size_t x = 0; x < bytes; x += 16) {
    Sums sums;
    for (std::size_t i = 0; i < count; ++i) {
      add_step(sums, _mm512_loadu_si512(bands[i] + x * kBandRows), steps[i]);
    }
    const std::size_t left = bytes - x < 16 ? bytes - x : 16;
    _mm_mask_storeu_epi8(to + x, static_cast<__mmask16>((1U << left) - 1U), finish(sums));
  }
}

}  // namespace

BandKernels band_kernels_avx512() { return {put_weight, pack, across, down}; }

}  // namespace clipcluster
