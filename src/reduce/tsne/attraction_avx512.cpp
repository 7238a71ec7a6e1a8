#include <immintrin.h>

#include "reduce/tsne/attraction.h"

namespace clipcluster::tsne {
namespace {

struct Sums {
  __m512 x;
  __m512 y;
};

// Sixteen neighbours; a place (x, y) is fetched as one 64-bit element. Lanes that are off have share 0.
inline void add_sixteen(const Attraction& from, std::int64_t at, __mmask16 on, __m512 own_x, __m512 own_y,
                        Sums& sums) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  const __m512i columns = _mm512_maskz_loadu_epi32(on, from.columns + at);
  const __m512 shares = _mm512_maskz_loadu_ps(on, from.values + at);
  const __m512 low = _mm512_castpd_ps(_mm512_i32gather_pd(_mm512_castsi512_si256(columns), from.places, 8));
  const __m512 high =
      _mm512_castpd_ps(_mm512_i32gather_pd(_mm512_extracti64x4_epi64(columns, 1), from.places, 8));
  const __m512 x = _mm512_sub_ps(own_x, _mm512_permutex2var_ps(low, even, high));
  const __m512 y = _mm512_sub_ps(own_y, _mm512_permutex2var_ps(low, odd, high));
  const __m512 square = _mm512_fmadd_ps(x, x, _mm512_fmadd_ps(y, y, _mm512_set1_ps(1.0F)));
  // One Newton step takes the reciprocal from 14 to about 23 bits.
  __m512 inverse = _mm512_rcp14_ps(square);
  inverse = _mm512_mul_ps(inverse, _mm512_fnmadd_ps(square, inverse, _mm512_set1_ps(2.0F)));
  const __m512 weight = _mm512_mul_ps(shares, inverse);
  sums.x = _mm512_fmadd_ps(weight, x, sums.x);
  sums.y = _mm512_fmadd_ps(weight, y, sums.y);
}

}  // namespace

void attract2_avx512(const Attraction& from, std::size_t begin, std::size_t end, float* pulls) {
  for (std::size_t i = begin; i < end; ++i) {
    const __m512 own_x = _mm512_set1_ps(from.places[2 * i]);
    const __m512 own_y = _mm512_set1_ps(from.places[2 * i + 1]);
    Sums sums = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    std::int64_t at = from.offsets[i];
    const std::int64_t last = from.offsets[i + 1];
    for (; at + 16 <= last; at += 16) add_sixteen(from, at, 0xFFFF, own_x, own_y, sums);
    if (at < last)
      add_sixteen(from, at, static_cast<__mmask16>((1U << (last - at)) - 1), own_x, own_y, sums);
    pulls[2 * i] = _mm512_reduce_add_ps(sums.x);
    pulls[2 * i + 1] = _mm512_reduce_add_ps(sums.y);
  }
}

}  // namespace clipcluster::tsne
