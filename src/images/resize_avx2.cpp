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

// Of one target, lanes of 4 sums (red, green, blue, nothing): even pairs of source pixels in the lower
// half, odd pairs in the upper.
struct PixelSum {
  __m256i low = _mm256_setzero_si256();
  __m256i high = _mm256_setzero_si256();
};

// Four weights, cut in two: 0 and 1 as 16-bit pairs in each lane of the lower half, 2 and 3 in the upper.
struct FourWeights {
  __m256i low;
  __m256i high;
};

FourWeights spread_weights(__m128i weights) {
  const __m128i low16 = _mm_and_si128(weights, _mm_set1_epi32(kLowMask));
  const __m128i high16 = _mm_srai_epi32(weights, kLowBits);
  const __m256i both = _mm256_castsi128_si256(_mm_packs_epi32(low16, high16));
  return {_mm256_permutevar8x32_epi32(both, _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1)),
          _mm256_permutevar8x32_epi32(both, _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3))};
}

void add_four(PixelSum& sum, __m128i sixteen_bytes, const FourWeights& weights) {
  const __m256i spread = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,  //
                                          6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  const __m256i pixels = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(sixteen_bytes), spread);
  sum.low = _mm256_add_epi32(sum.low, _mm256_madd_epi16(pixels, weights.low));
  sum.high = _mm256_add_epi32(sum.high, _mm256_madd_epi16(pixels, weights.high));
}

// Red, green, blue and a byte of nothing.
std::uint32_t finish_pixel(const PixelSum& sum) {
  const __m256i halves = _mm256_add_epi32(sum.low, _mm256_slli_epi32(sum.high, kLowBits));
  const __m128i all = _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
  const __m128i values = _mm_srai_epi32(_mm_add_epi32(all, _mm_set1_epi32(kHalf)), kResizeFractionBits);
  const __m128i words = _mm_packs_epi32(values, values);
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_packus_epi16(words, words)));
}

// The fourth byte lands where the row's next pixel will be; the last pixel must not write it.
void store_pixel(std::uint32_t pixel, bool last, std::uint8_t* to) {
  if (!last) {
    __builtin_memcpy(to, &pixel, 4);
    return;
  }
  to[0] = static_cast<std::uint8_t>(pixel);
  to[1] = static_cast<std::uint8_t>(pixel >> 8);
  to[2] = static_cast<std::uint8_t>(pixel >> 16);
}

// Reads of 16 bytes for 4 pixels reach 4 bytes further; close to the end a copy stands in.
__m128i load_all(const std::uint8_t* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

__m128i load_left(const std::uint8_t* from, std::size_t left) {
  alignas(16) std::uint8_t copy[16] = {};
  for (std::size_t i = 0; i < 16 && i < left; ++i) copy[i] = from[i];
  return _mm_load_si128(reinterpret_cast<const __m128i*>(copy));
}

__m128i load_weights(const std::int32_t* weights, std::int32_t left) {
  if (left >= 4) return _mm_loadu_si128(reinterpret_cast<const __m128i*>(weights));
  return _mm_setr_epi32(weights[0], left > 1 ? weights[1] : 0, left > 2 ? weights[2] : 0, 0);
}

// Several rows together, because they share the weights.
template <std::size_t kRows>
void resize_block(const std::uint8_t* rows, std::size_t stride, std::size_t bytes, const ResizeSpan* spans,
                  const std::int32_t* weights, std::size_t targets, std::uint8_t* to) {
  for (std::size_t t = 0; t < targets; ++t) {
    std::size_t at = static_cast<std::size_t>(spans[t].first) * 3;
    const std::int32_t* weight = weights + spans[t].weights;
    PixelSum sums[kRows];
    for (std::int32_t i = 0; i < spans[t].count; i += 4, at += 12) {
      const FourWeights four = spread_weights(load_weights(weight + i, spans[t].count - i));
      if (at + (kRows - 1) * stride + 16 <= bytes) {
        for (std::size_t y = 0; y < kRows; ++y) add_four(sums[y], load_all(rows + y * stride + at), four);
      } else {
        for (std::size_t y = 0; y < kRows; ++y) {
          const std::size_t from = y * stride + at;
          add_four(sums[y], load_left(rows + from, bytes - from), four);
        }
      }
    }
    for (std::size_t y = 0; y < kRows; ++y) {
      store_pixel(finish_pixel(sums[y]), t + 1 == targets, to + (y * targets + t) * 3);
    }
  }
}

}  // namespace

void resize_rows_avx2(const std::uint8_t* rows, std::size_t stride, std::size_t count, std::size_t bytes,
                      const ResizeSpan* spans, const std::int32_t* weights, std::size_t targets,
                      std::uint8_t* to) {
  constexpr std::size_t kBlock = 4;
  std::size_t y = 0;
  for (; y + kBlock <= count; y += kBlock) {
    resize_block<kBlock>(rows + y * stride, stride, bytes - y * stride, spans, weights, targets,
                         to + y * targets * 3);
  }
  for (; y < count; ++y) {
    resize_block<1>(rows + y * stride, stride, bytes - y * stride, spans, weights, targets,
                    to + y * targets * 3);
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
