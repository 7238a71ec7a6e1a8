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
  static Float load(const float* from) { return _mm512_load_ps(from); }
  static Whole load_whole(const std::int32_t* from) { return _mm512_load_si512(from); }
  static void store(float* to, Float x) { _mm512_store_ps(to, x); }
  static Float gather(Mask active, const float* base, Whole place) {
    return _mm512_mask_i32gather_ps(_mm512_setzero_ps(), active, place, base, 4);
  }
  static Whole gather_whole(Mask active, const std::uint32_t* base, Whole place) {
    return _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), active, place, base, 4);
  }

  static Float add(Float x, Float y) { return _mm512_add_ps(x, y); }
  static Float subtract(Float x, Float y) { return _mm512_sub_ps(x, y); }
  static Float multiply(Float x, Float y) { return _mm512_mul_ps(x, y); }
  static Float divide(Float x, Float y) { return _mm512_div_ps(x, y); }
  static Float max(Float x, Float y) { return _mm512_max_ps(x, y); }
  static Float multiply_add(Float x, Float y, Float z) { return _mm512_fmadd_ps(x, y, z); }
  static Float clamp(Float x, float limit) {
    return _mm512_min_ps(_mm512_max_ps(x, all(-limit)), all(limit));
  }
  static Whole add(Whole x, Whole y) { return _mm512_add_epi32(x, y); }
  static Whole subtract(Whole x, Whole y) { return _mm512_sub_epi32(x, y); }
  static Whole multiply_whole(Whole x, std::int32_t y) { return _mm512_mullo_epi32(x, whole(y)); }
  template <int kBits>
  static Whole shift_left(Whole x) {
    return _mm512_slli_epi32(x, kBits);
  }
  template <int kBits>
  static Whole shift_right(Whole x) {
    return _mm512_srai_epi32(x, kBits);
  }

  static Whole bits_of(Float x) { return _mm512_castps_si512(x); }
  static Float float_of(Whole x) { return _mm512_castsi512_ps(x); }
  static Float converted(Whole x) { return _mm512_cvtepi32_ps(x); }
  static Whole both(Whole x, Whole y) { return _mm512_and_si512(x, y); }

  static Mask greater(Whole x, Whole y) { return _mm512_cmpgt_epi32_mask(x, y); }
  static Mask negative(Whole x) { return _mm512_movepi32_mask(x); }
  static Mask positive(Float x) { return _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ); }
  static Mask both(Mask x, Mask y) { return static_cast<Mask>(x & y); }
  static Float blend(Mask mask, Float yes, Float no) { return _mm512_mask_blend_ps(mask, no, yes); }
  // 0 elsewhere.
  static Float where(Mask mask, Float x) { return _mm512_maskz_mov_ps(mask, x); }
  static Float add_where(Mask mask, Float x, Float y) { return _mm512_mask_add_ps(x, mask, x, y); }
};

}  // namespace

void move_avx512(const Forces& forces, const MoveLists& lists, const float* others, std::size_t dim,
                 float* own) {
  move_any_dimension<Lanes16>(forces, lists, others, dim, own);
}

}  // namespace clipcluster::umap
