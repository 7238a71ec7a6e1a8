#include <immintrin.h>

#include "images/resize_kernels.h"

// A weight of 24 bits does not fit the 16-bit multiply-and-add, so it is cut in two: the low 15 bits
// and what is above. Two such instructions do sixteen products each, against eight for each (slower)
// 32-bit multiplication. high * 2^15 + low modulo 2^32 is the sum that the scalar kernel has.

namespace clipcluster {
namespace {

constexpr int kLowBits = 15;
constexpr std::int32_t kLowMask = (1 << kLowBits) - 1;
constexpr std::int32_t kHalf = 1 << (kResizeFractionBits - 1);

// Two weights side by side, as the multiply-and-add wants them.
std::int32_t pair_of(std::int32_t first, std::int32_t second) {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(first) & 0xFFFFU) |
                                   static_cast<std::uint32_t>(second) << 16);
}
std::int32_t low_pair(std::int32_t first, std::int32_t second) {
  return pair_of(first & kLowMask, second & kLowMask);
}
std::int32_t high_pair(std::int32_t first, std::int32_t second) {
  return pair_of(first >> kLowBits, second >> kLowBits);
}

// 8 sums to 8 values of 0..65535, in 32 bits, still to be packed with saturation.
__m256i finish(__m256i low, __m256i high) {
  const __m256i sum =
      _mm256_add_epi32(_mm256_add_epi32(low, _mm256_slli_epi32(high, kLowBits)), _mm256_set1_epi32(kHalf));
  return _mm256_srai_epi32(sum, kResizeFractionBits);
}

std::uint8_t clip(std::uint32_t sum) {
  const std::int32_t value = static_cast<std::int32_t>(sum) >> kResizeFractionBits;
  return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

// Four source pixels of one target: lanes of 4 sums (red, green, blue, nothing), pixels 0 and 1 in the
// lower half, 2 and 3 in the upper.
struct PixelSum {
  __m256i low = _mm256_setzero_si256();
  __m256i high = _mm256_setzero_si256();
};

void add_four(PixelSum& sum, __m128i sixteen_bytes, __m128i weights) {
  const __m256i spread = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,  //
                                          6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  const __m256i pixels = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(sixteen_bytes), spread);
  // Weights 0 and 1 as 16-bit pairs in lanes of the lower half, 2 and 3 in the upper.
  const __m128i low16 = _mm_and_si128(weights, _mm_set1_epi32(kLowMask));
  const __m128i high16 = _mm_srai_epi32(weights, kLowBits);
  const __m128i packed = _mm_packs_epi32(low16, high16);
  const __m256i both = _mm256_castsi128_si256(packed);
  const __m256i low = _mm256_permutevar8x32_epi32(both, _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1));
  const __m256i high = _mm256_permutevar8x32_epi32(both, _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3));
  sum.low = _mm256_add_epi32(sum.low, _mm256_madd_epi16(pixels, low));
  sum.high = _mm256_add_epi32(sum.high, _mm256_madd_epi16(pixels, high));
}

void store_pixel(const PixelSum& sum, std::uint8_t* to) {
  const __m128i low = _mm_add_epi32(_mm256_castsi256_si128(sum.low), _mm256_extracti128_si256(sum.low, 1));
  const __m128i high =
      _mm_add_epi32(_mm256_castsi256_si128(sum.high), _mm256_extracti128_si256(sum.high, 1));
  const __m128i all =
      _mm_add_epi32(_mm_add_epi32(low, _mm_slli_epi32(high, kLowBits)), _mm_set1_epi32(kHalf));
  const __m128i values = _mm_srai_epi32(all, kResizeFractionBits);
  const __m128i words = _mm_packs_epi32(values, values);
  const std::uint32_t bytes = static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_packus_epi16(words, words)));
  to[0] = static_cast<std::uint8_t>(bytes);
  to[1] = static_cast<std::uint8_t>(bytes >> 8);
  to[2] = static_cast<std::uint8_t>(bytes >> 16);
}

// Reads of 16 bytes for 4 pixels reach 4 bytes further; close to the end a copy stands in.
__m128i load_sixteen(const std::uint8_t* from, std::size_t left) {
  if (left >= 16) return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  alignas(16) std::uint8_t copy[16] = {};
  for (std::size_t i = 0; i < left; ++i) copy[i] = from[i];
  return _mm_load_si128(reinterpret_cast<const __m128i*>(copy));
}

__m128i load_weights(const std::int32_t* weights, std::int32_t left) {
  if (left >= 4) return _mm_loadu_si128(reinterpret_cast<const __m128i*>(weights));
  return _mm_setr_epi32(weights[0], left > 1 ? weights[1] : 0, left > 2 ? weights[2] : 0, 0);
}

}  // namespace

void resize_row_avx2(const std::uint8_t* row, std::size_t row_bytes, const ResizeSpan* spans,
                     const std::int32_t* weights, std::size_t targets, std::uint8_t* to) {
  for (std::size_t t = 0; t < targets; ++t, to += 3) {
    std::size_t at = static_cast<std::size_t>(spans[t].first) * 3;
    const std::int32_t* weight = weights + spans[t].weights;
    PixelSum sum;
    for (std::int32_t i = 0; i < spans[t].count; i += 4, at += 12) {
      add_four(sum, load_sixteen(row + at, row_bytes - at), load_weights(weight + i, spans[t].count - i));
    }
    store_pixel(sum, to);
  }
}

void resize_columns_avx2(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                         std::size_t count, std::size_t bytes, std::uint8_t* to) {
  std::size_t x = 0;
  for (; x + 16 <= bytes; x += 16) {
    __m256i low_a = _mm256_setzero_si256();
    __m256i high_a = low_a;
    __m256i low_b = low_a;
    __m256i high_b = low_a;
    for (std::size_t i = 0; i < count; i += 2) {
      const bool both = i + 1 < count;
      const std::uint8_t* first = rows + i * stride + x;
      const __m128i upper = _mm_loadu_si128(reinterpret_cast<const __m128i*>(first));
      const __m128i lower =
          both ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(first + stride)) : _mm_setzero_si128();
      const std::int32_t second = both ? weights[i + 1] : 0;
      const __m256i low = _mm256_set1_epi32(low_pair(weights[i], second));
      const __m256i high = _mm256_set1_epi32(high_pair(weights[i], second));
      const __m256i a = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(upper, lower));
      const __m256i b = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(upper, lower));
      low_a = _mm256_add_epi32(low_a, _mm256_madd_epi16(a, low));
      high_a = _mm256_add_epi32(high_a, _mm256_madd_epi16(a, high));
      low_b = _mm256_add_epi32(low_b, _mm256_madd_epi16(b, low));
      high_b = _mm256_add_epi32(high_b, _mm256_madd_epi16(b, high));
    }
    // Packing works within halves of 128 bits; the permutation puts the quarters in order again.
    const __m256i words = _mm256_permute4x64_epi64(
        _mm256_packs_epi32(finish(low_a, high_a), finish(low_b, high_b)), _MM_SHUFFLE(3, 1, 2, 0));
    const __m128i packed =
        _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + x), packed);
  }
  for (; x < bytes; ++x) {
    std::uint32_t sum = static_cast<std::uint32_t>(kHalf);
    for (std::size_t i = 0; i < count; ++i) {
      sum += static_cast<std::uint32_t>(rows[i * stride + x]) * static_cast<std::uint32_t>(weights[i]);
    }
    to[x] = clip(sum);
  }
}

}  // namespace clipcluster
