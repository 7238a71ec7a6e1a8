// GCC 12 warns about the intentionally undefined registers of its own intrinsics (bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include "reduce/umap/layout_lanes.h"

namespace clipcluster::umap {
namespace {

struct Lanes16 {
  using Float = __m512;
  using Whole = __m512i;
  using Mask = __mmask16;
  static constexpr std::size_t kLanes = 16;

  static Float all(float x) { return _mm512_set1_ps(x); }
  static Whole whole(std::int32_t x) { return _mm512_set1_epi32(x); }
  static Mask first(std::size_t count) { return static_cast<Mask>((1U << count) - 1U); }
  // 0 beyond `count`, which is not read.
  static Whole load_some(const std::uint32_t* from, std::size_t count) {
    return _mm512_maskz_loadu_epi32(first(count), from);
  }
  static Float gather(Mask active, const float* base, Whole place) {
    return _mm512_mask_i32gather_ps(_mm512_setzero_ps(), active, place, base, 4);
  }
  static Whole gather_whole(Mask active, const std::uint32_t* base, Whole place) {
    return _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), active, place, base, 4);
  }
  // Columns c .. c + 3 of sixteen rows, a quarter of a vector from each.
  static void load_four_columns(const float* base, const std::int32_t* place, Float* x) {
    Float quarters[4];
    for (std::size_t q = 0; q < 4; ++q) {
      const auto row = [&](std::size_t r) { return _mm_loadu_ps(base + place[q + 4 * r]); };
      quarters[q] = _mm512_maskz_insertf32x4(0xFFFF, _mm512_castps128_ps512(row(0)), row(1), 1);
      quarters[q] = _mm512_maskz_insertf32x4(0xFFFF, quarters[q], row(2), 2);
      quarters[q] = _mm512_maskz_insertf32x4(0xFFFF, quarters[q], row(3), 3);
    }
    const __m512d low01 = _mm512_castps_pd(_mm512_maskz_unpacklo_ps(0xFFFF, quarters[0], quarters[1]));
    const __m512d low23 = _mm512_castps_pd(_mm512_maskz_unpacklo_ps(0xFFFF, quarters[2], quarters[3]));
    const __m512d high01 = _mm512_castps_pd(_mm512_maskz_unpackhi_ps(0xFFFF, quarters[0], quarters[1]));
    const __m512d high23 = _mm512_castps_pd(_mm512_maskz_unpackhi_ps(0xFFFF, quarters[2], quarters[3]));
    x[0] = _mm512_castpd_ps(_mm512_maskz_unpacklo_pd(0xFF, low01, low23));
    x[1] = _mm512_castpd_ps(_mm512_maskz_unpackhi_pd(0xFF, low01, low23));
    x[2] = _mm512_castpd_ps(_mm512_maskz_unpacklo_pd(0xFF, high01, high23));
    x[3] = _mm512_castpd_ps(_mm512_maskz_unpackhi_pd(0xFF, high01, high23));
  }
  // x[c] = coordinate c of the rows at `place`. Whole rows are loaded and transposed where there are
  // four columns or more: a gather costs a load for every number.
  template <std::size_t kDim>
  static void load_rows(const float* base, Whole place, std::size_t dim, Float* x) {
    std::size_t c = 0;
    if constexpr (kDim >= 3) {
      alignas(64) std::int32_t places[kLanes];
      _mm512_store_si512(places, place);
      constexpr std::size_t kWhole = kDim == 3 ? 4 : kDim / 4 * 4;
      for (; c < kWhole; c += 4) {
        Float four[4];
        load_four_columns(base + c, places, four);
        for (std::size_t i = 0; i < 4 && c + i < kDim; ++i) x[c + i] = four[i];
      }
    }
    for (; c < dim; ++c) x[c] = gather(0xFFFF, base + c, place);
  }
  template <std::size_t kDim>
  static void store_rows(float* base, Whole place, std::size_t dim, std::size_t count, const Float* x) {
    for (std::size_t c = 0; c < dim; ++c) {
      _mm512_mask_i32scatter_ps(base + c, first(count), place, x[c], 4);
    }
  }
  // Writes base + lane for the lanes of the mask and returns how many they are.
  static std::size_t compress(Mask mask, std::uint32_t base, std::uint32_t* to) {
    const Whole lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    _mm512_storeu_si512(
        to, _mm512_maskz_compress_epi32(mask, add(lanes, whole(static_cast<std::int32_t>(base)))));
    return static_cast<std::size_t>(__builtin_popcount(mask));
  }

  static Float add(Float x, Float y) { return _mm512_add_ps(x, y); }
  static Float subtract(Float x, Float y) { return _mm512_sub_ps(x, y); }
  static Float multiply(Float x, Float y) { return _mm512_mul_ps(x, y); }
  static Float divide(Float x, Float y) { return _mm512_div_ps(x, y); }
  static Float max(Float x, Float y) { return _mm512_max_ps(x, y); }
  static Float clamp(Float x, float limit) {
    return _mm512_min_ps(_mm512_max_ps(x, all(-limit)), all(limit));
  }
  static Whole add(Whole x, Whole y) { return _mm512_add_epi32(x, y); }
  static Whole subtract(Whole x, Whole y) { return _mm512_sub_epi32(x, y); }
  static Whole low_product(Whole x, Whole y) { return _mm512_mullo_epi32(x, y); }
  static Whole high_product(Whole x, std::uint32_t y) {
    const Whole by = whole(static_cast<std::int32_t>(y));
    const Whole even = _mm512_srli_epi64(_mm512_mul_epu32(x, by), 32);
    const Whole odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), by);
    return _mm512_mask_blend_epi32(0xAAAA, even, odd);
  }
  template <int kBits>
  static Whole shift_left(Whole x) {
    return _mm512_slli_epi32(x, kBits);
  }
  template <int kBits>
  static Whole shift_right(Whole x) {
    return _mm512_srai_epi32(x, kBits);
  }
  static __m256i lower(Whole x) { return _mm512_castsi512_si256(x); }
  static __m256i upper(Whole x) { return _mm512_maskz_extracti64x4_epi64(0xF, x, 1); }
  static Whole joined(__m256i lower, __m256i upper) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(lower), upper, 1);
  }
  // floor(x / y), floor(x * y)
  static Whole quotient(double x, Whole y) {
    const __m512d over = _mm512_set1_pd(x);
    return joined(_mm512_maskz_cvttpd_epi32(0xFF, _mm512_div_pd(over, _mm512_cvtepi32_pd(lower(y)))),
                  _mm512_maskz_cvttpd_epi32(0xFF, _mm512_div_pd(over, _mm512_cvtepi32_pd(upper(y)))));
  }
  static Whole scaled_floor(Whole x, double y) {
    const __m512d by = _mm512_set1_pd(y);
    return joined(_mm512_maskz_cvttpd_epi32(0xFF, _mm512_mul_pd(by, _mm512_cvtepi32_pd(lower(x)))),
                  _mm512_maskz_cvttpd_epi32(0xFF, _mm512_mul_pd(by, _mm512_cvtepi32_pd(upper(x)))));
  }

  static Whole bits_of(Float x) { return _mm512_castps_si512(x); }
  static Float float_of(Whole x) { return _mm512_castsi512_ps(x); }
  static Float converted(Whole x) { return _mm512_cvtepi32_ps(x); }
  static Whole both(Whole x, Whole y) { return _mm512_and_si512(x, y); }
  static Whole differ(Whole x, Whole y) { return _mm512_xor_si512(x, y); }

  static Mask greater(Whole x, Whole y) { return _mm512_cmpgt_epi32_mask(x, y); }
  static Mask equal(Whole x, Whole y) { return _mm512_cmpeq_epi32_mask(x, y); }
  static Mask negative(Whole x) { return _mm512_movepi32_mask(x); }
  static Mask positive(Float x) { return _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ); }
  static Mask both(Mask x, Mask y) { return static_cast<Mask>(x & y); }
  static Mask both_not(Mask x, Mask y) { return static_cast<Mask>(x & ~y); }
  static bool any(Mask x) { return x != 0; }
  static Whole choose(Mask mask, Whole yes, Whole no) { return _mm512_mask_blend_epi32(mask, no, yes); }
  static Float blend(Mask mask, Float yes, Float no) { return _mm512_mask_blend_ps(mask, no, yes); }
  // 0 elsewhere.
  static Float where(Mask mask, Float x) { return _mm512_maskz_mov_ps(mask, x); }
  static float sum_of_halves(Float x) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_maskz_extractf32x8_ps(0xFF, x, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
};

}  // namespace

void move_edges_avx512(const EdgeEpoch& epoch, const EdgeList& edges, std::size_t begin, std::size_t end) {
  move_edges_any<Lanes16>(epoch, edges, begin, end);
}

void settle_avx512(const Forces& forces, const std::uint32_t* entries, const std::uint32_t* group_begin,
                   std::size_t groups, const float* others, std::size_t dim, float* own) {
  settle_any<Lanes16>(forces, entries, group_begin, groups, others, dim, own);
}

}  // namespace clipcluster::umap
