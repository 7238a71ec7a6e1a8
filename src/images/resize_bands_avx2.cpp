#include <immintrin.h>

#include "images/resize_bands.h"
#include "images/resize_kernels.h"

namespace clipcluster {
namespace {

constexpr int kLowBits = 15;

// The 16-bit multiply-and-add takes taps 0 and 2 together (parts 0 and 1: the weights' low 15 bits and
// what is above) and taps 1 and 3 (parts 2 and 3), because those unpack with one instruction each.
void put_weight(std::int32_t weight, int tap, WeightStep& step) {
  const std::uint32_t low = static_cast<std::uint32_t>(weight) & ((1U << kLowBits) - 1);
  const std::uint32_t high = static_cast<std::uint32_t>(weight >> kLowBits) & 0xFFFFU;
  std::int32_t* parts = step.parts + (tap % 2) * 2;
  const int shift = 16 * (tap / 2);
  parts[0] = static_cast<std::int32_t>(static_cast<std::uint32_t>(parts[0]) | low << shift);
  parts[1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(parts[1]) | high << shift);
}

// 8 sums. Products and sums are exact modulo 2^32, as the scalar kernel's are.
struct Sums {
  __m256i low = _mm256_set1_epi32(1 << (kResizeFractionBits - 1));
  __m256i high = _mm256_setzero_si256();
};

struct StepWeights {
  __m256i even_low, even_high, odd_low, odd_high;
};

StepWeights weights_of(const WeightStep& step) {
  return {_mm256_set1_epi32(step.parts[0]), _mm256_set1_epi32(step.parts[1]),
          _mm256_set1_epi32(step.parts[2]), _mm256_set1_epi32(step.parts[3])};
}

void add_step(Sums& sums, const std::uint8_t* from, const StepWeights& weights) {
  const __m256i pixels = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  const __m256i even = _mm256_and_si256(pixels, _mm256_set1_epi16(0xFF));
  const __m256i odd = _mm256_srli_epi16(pixels, 8);
  sums.low = _mm256_add_epi32(sums.low, _mm256_madd_epi16(even, weights.even_low));
  sums.high = _mm256_add_epi32(sums.high, _mm256_madd_epi16(even, weights.even_high));
  sums.low = _mm256_add_epi32(sums.low, _mm256_madd_epi16(odd, weights.odd_low));
  sums.high = _mm256_add_epi32(sums.high, _mm256_madd_epi16(odd, weights.odd_high));
}

__m256i rounded(const Sums& sums) {
  return _mm256_srai_epi32(_mm256_add_epi32(sums.low, _mm256_slli_epi32(sums.high, kLowBits)),
                           kResizeFractionBits);
}

// 16 values in the order of the sums. Packing works within halves: quarters 0 2, 1 3 come out of it.
__m128i finish(const Sums& first, const Sums& second) {
  const __m256i words = _mm256_packs_epi32(rounded(first), rounded(second));
  const __m256i bytes = _mm256_packus_epi16(words, words);
  return _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
}

// Four pixels of two rows; four bytes more than those of each are read.
__m256i load_blocks(const std::uint8_t* first, const std::uint8_t* second) {
  const __m256i by_color = _mm256_setr_epi8(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1,  //
                                            0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1);
  const __m128i upper = _mm_loadu_si128(reinterpret_cast<const __m128i*>(first));
  const __m128i lower = _mm_loadu_si128(reinterpret_cast<const __m128i*>(second));
  return _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(upper), lower, 1), by_color);
}

void pack_sixteen(const std::uint8_t* const rows[kBandRows], std::uint8_t* to) {
  for (std::size_t block = 0; block < 4; ++block, to += kBlockBytes) {
    const std::size_t at = block * kBlockPixels * 3;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), load_blocks(rows[0] + at, rows[1] + at));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 32), load_blocks(rows[2] + at, rows[3] + at));
  }
}

// At the end of the rows copies stand in, so that nothing behind them is read.
void pack_last(const std::uint8_t* const rows[kBandRows], std::size_t pixels, std::uint8_t* to) {
  std::uint8_t copies[kBandRows][64] = {};
  const std::uint8_t* copied[kBandRows];
  for (std::size_t row = 0; row < kBandRows; ++row) {
    __builtin_memcpy(copies[row], rows[row], pixels * 3);
    copied[row] = copies[row];
  }
  pack_sixteen(copied, to);
}

void pack(const std::uint8_t* const rows[kBandRows], std::size_t pixels, std::uint8_t* to) {
  for (std::size_t x = 0; x < pixels; x += 16, to += 4 * kBlockBytes) {
    const std::size_t at = x * 3;
    const std::uint8_t* const here[kBandRows] = {rows[0] + at, rows[1] + at, rows[2] + at, rows[3] + at};
    if (pixels - x >= 18) {
      pack_sixteen(here, to);
    } else {
      pack_last(here, pixels - x < 16 ? pixels - x : 16, to);
    }
  }
}

void across(const std::uint8_t* packed, const StepSpan* spans, const WeightStep* steps, std::size_t targets,
            std::uint8_t* to) {
  // From rows of red, green, blue to colours of four rows.
  const __m128i by_color = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, -1, -1, -1, -1);
  for (std::size_t t = 0; t < targets; ++t, to += 3 * kBandRows) {
    const std::uint8_t* from = packed + spans[t].first * kBlockBytes;
    const WeightStep* step = steps + spans[t].steps;
    Sums first, second;
    for (std::uint32_t i = 0; i < spans[t].count; ++i, from += kBlockBytes) {
      const StepWeights weights = weights_of(step[i]);
      add_step(first, from, weights);
      add_step(second, from + 32, weights);
    }
    // The last four bytes are overwritten by the next target.
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_shuffle_epi8(finish(first, second), by_color));
  }
}

void down(const std::uint8_t* const* bands, const WeightStep* steps, std::size_t count, std::size_t bytes,
          std::uint8_t* to) {
  for (std::size_t x = 0; x < bytes; x += 16) {
    Sums first, second;
    for (std::size_t i = 0; i < count; ++i) {
      const StepWeights weights = weights_of(steps[i]);
      const std::uint8_t* from = bands[i] + x * kBandRows;
      add_step(first, from, weights);
      add_step(second, from + 32, weights);
    }
    const __m128i values = finish(first, second);
    if (bytes - x >= 16) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + x), values);
    } else {
      alignas(16) std::uint8_t copy[16];
      _mm_store_si128(reinterpret_cast<__m128i*>(copy), values);
      __builtin_memcpy(to + x, copy, bytes - x);
    }
  }
}

}  // namespace

BandKernels band_kernels_avx2() { return {put_weight, pack, across, down}; }

}  // namespace clipcluster
