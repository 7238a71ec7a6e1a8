#include <immintrin.h>

#include "reduce/umap/layout_lanes.h"

namespace clipcluster::umap {
namespace {

struct Lanes8 {
  using Float = __m256;
  using Whole = __m256i;
  using Mask = __m256;  // all bits of each lane
  static constexpr std::size_t kLanes = 8;

  static Float all(float x) { return _mm256_set1_ps(x); }
  static Whole whole(std::int32_t x) { return _mm256_set1_epi32(x); }
  static Mask first(std::size_t count) {
    const Whole lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return greater(whole(static_cast<std::int32_t>(count)), lanes);
  }
  // 0 beyond `count`, which is not read.
  static Whole load_some(const std::uint32_t* from, std::size_t count) {
    return _mm256_maskload_epi32(reinterpret_cast<const int*>(from), bits_of(first(count)));
  }
  static Float gather(Mask active, const float* base, Whole place) {
    return _mm256_mask_i32gather_ps(_mm256_setzero_ps(), base, place, active, 4);
  }
  static Whole gather_whole(Mask active, const std::uint32_t* base, Whole place) {
    return _mm256_mask_i32gather_epi32(_mm256_setzero_si256(), reinterpret_cast<const int*>(base), place,
                                       bits_of(active), 4);
  }
  // x[c] = coordinate c of the rows at `place`.
  template <std::size_t kDim>
  static void load_rows(const float* base, Whole place, std::size_t dim, Float* x) {
    for (std::size_t c = 0; c < dim; ++c) x[c] = _mm256_i32gather_ps(base + c, place, 4);
  }
  template <std::size_t kDim>
  static void store_rows(float* base, Whole place, std::size_t dim, std::size_t count, const Float* x) {
    alignas(32) std::int32_t places[kLanes];
    alignas(32) float column[kLanes];
    _mm256_store_si256(reinterpret_cast<__m256i*>(places), place);
    for (std::size_t c = 0; c < dim; ++c) {
      _mm256_store_ps(column, x[c]);
      for (std::size_t lane = 0; lane < count; ++lane)
        base[places[lane] + static_cast<std::int32_t>(c)] = column[lane];
    }
  }
  // Writes base + lane for the lanes of the mask and returns how many they are.
  static std::size_t compress(Mask mask, std::uint32_t base, std::uint32_t* to) {
    std::size_t count = 0;
    for (auto bits = static_cast<unsigned>(_mm256_movemask_ps(mask)); bits != 0; bits &= bits - 1) {
      to[count++] = base + static_cast<std::uint32_t>(__builtin_ctz(bits));
    }
    return count;
  }

  static Float add(Float x, Float y) { return _mm256_add_ps(x, y); }
  static Float subtract(Float x, Float y) { return _mm256_sub_ps(x, y); }
  static Float multiply(Float x, Float y) { return _mm256_mul_ps(x, y); }
  static Float divide(Float x, Float y) { return _mm256_div_ps(x, y); }
  static Float max(Float x, Float y) { return _mm256_max_ps(x, y); }
  static Float clamp(Float x, float limit) {
    return _mm256_min_ps(_mm256_max_ps(x, all(-limit)), all(limit));
  }
  static Whole add(Whole x, Whole y) { return _mm256_add_epi32(x, y); }
  static Whole subtract(Whole x, Whole y) { return _mm256_sub_epi32(x, y); }
  static Whole low_product(Whole x, Whole y) { return _mm256_mullo_epi32(x, y); }
  static Whole high_product(Whole x, std::uint32_t y) {
    const Whole by = whole(static_cast<std::int32_t>(y));
    const Whole even = _mm256_srli_epi64(_mm256_mul_epu32(x, by), 32);
    const Whole odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), by);
    return _mm256_blend_epi32(even, odd, 0xAA);
  }
  template <int kBits>
  static Whole shift_left(Whole x) {
    return _mm256_slli_epi32(x, kBits);
  }
  template <int kBits>
  static Whole shift_right(Whole x) {
    return _mm256_srai_epi32(x, kBits);
  }
  static __m128i lower(Whole x) { return _mm256_castsi256_si128(x); }
  static __m128i upper(Whole x) { return _mm256_extracti128_si256(x, 1); }
  // floor(x / y), floor(x * y)
  static Whole quotient(double x, Whole y) {
    const __m256d over = _mm256_set1_pd(x);
    return _mm256_set_m128i(_mm256_cvttpd_epi32(_mm256_div_pd(over, _mm256_cvtepi32_pd(upper(y)))),
                            _mm256_cvttpd_epi32(_mm256_div_pd(over, _mm256_cvtepi32_pd(lower(y)))));
  }
  static Whole scaled_floor(Whole x, double y) {
    const __m256d by = _mm256_set1_pd(y);
    return _mm256_set_m128i(_mm256_cvttpd_epi32(_mm256_mul_pd(by, _mm256_cvtepi32_pd(upper(x)))),
                            _mm256_cvttpd_epi32(_mm256_mul_pd(by, _mm256_cvtepi32_pd(lower(x)))));
  }

  static Whole bits_of(Float x) { return _mm256_castps_si256(x); }
  static Float float_of(Whole x) { return _mm256_castsi256_ps(x); }
  static Float converted(Whole x) { return _mm256_cvtepi32_ps(x); }
  static Whole both(Whole x, Whole y) { return _mm256_and_si256(x, y); }
  static Whole differ(Whole x, Whole y) { return _mm256_xor_si256(x, y); }

  static Mask greater(Whole x, Whole y) { return float_of(_mm256_cmpgt_epi32(x, y)); }
  static Mask equal(Whole x, Whole y) { return float_of(_mm256_cmpeq_epi32(x, y)); }
  static Mask negative(Whole x) { return float_of(_mm256_srai_epi32(x, 31)); }
  static Mask positive(Float x) { return _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ); }
  static Mask both(Mask x, Mask y) { return _mm256_and_ps(x, y); }
  static Mask both_not(Mask x, Mask y) { return _mm256_andnot_ps(y, x); }
  static bool any(Mask x) { return _mm256_movemask_ps(x) != 0; }
  static Whole choose(Mask mask, Whole yes, Whole no) {
    return bits_of(_mm256_blendv_ps(float_of(no), float_of(yes), mask));
  }
  static Float blend(Mask mask, Float yes, Float no) { return _mm256_blendv_ps(no, yes, mask); }
  // 0 elsewhere.
  static Float where(Mask mask, Float x) { return _mm256_and_ps(mask, x); }
  static float sum_of_halves(Float x) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
};

}  // namespace

void move_edges_avx2(const EdgeEpoch& epoch, const EdgeList& edges, std::size_t begin, std::size_t end) {
  move_edges_any<Lanes8>(epoch, edges, begin, end);
}

void settle_avx2(const Forces& forces, const std::uint32_t* entries, const std::uint32_t* group_begin,
                 std::size_t groups, const float* others, std::size_t dim, float* own) {
  settle_any<Lanes8>(forces, entries, group_begin, groups, others, dim, own);
}

}  // namespace clipcluster::umap
