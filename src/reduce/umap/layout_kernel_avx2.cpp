#include <immintrin.h>

#include "reduce/umap/layout_lanes.h"

namespace clipcluster::umap {
namespace {

struct Lanes8 {
  using Float = __m256;
  using Whole = __m256i;
  using Mask = __m256;  // the sign bit of each lane
  static constexpr std::size_t kLanes = 8;

  static Float all(float x) { return _mm256_set1_ps(x); }
  static Whole whole(std::int32_t x) { return _mm256_set1_epi32(x); }
  static Float load(const float* from) { return _mm256_load_ps(from); }
  static Whole load_whole(const std::int32_t* from) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(from));
  }
  static void store(float* to, Float x) { _mm256_store_ps(to, x); }
  static Float gather(Mask active, const float* base, Whole place) {
    return _mm256_mask_i32gather_ps(_mm256_setzero_ps(), base, place, active, 4);
  }
  static Whole gather_whole(Mask active, const std::uint32_t* base, Whole place) {
    return _mm256_mask_i32gather_epi32(_mm256_setzero_si256(), reinterpret_cast<const int*>(base), place,
                                       _mm256_castps_si256(active), 4);
  }

  static Float add(Float x, Float y) { return _mm256_add_ps(x, y); }
  static Float subtract(Float x, Float y) { return _mm256_sub_ps(x, y); }
  static Float multiply(Float x, Float y) { return _mm256_mul_ps(x, y); }
  static Float divide(Float x, Float y) { return _mm256_div_ps(x, y); }
  static Float max(Float x, Float y) { return _mm256_max_ps(x, y); }
  static Float multiply_add(Float x, Float y, Float z) { return _mm256_fmadd_ps(x, y, z); }
  static Float clamp(Float x, float limit) {
    return _mm256_min_ps(_mm256_max_ps(x, all(-limit)), all(limit));
  }
  static Whole add(Whole x, Whole y) { return _mm256_add_epi32(x, y); }
  static Whole subtract(Whole x, Whole y) { return _mm256_sub_epi32(x, y); }
  static Whole multiply_whole(Whole x, std::int32_t y) { return _mm256_mullo_epi32(x, whole(y)); }
  template <int kBits>
  static Whole shift_left(Whole x) {
    return _mm256_slli_epi32(x, kBits);
  }
  template <int kBits>
  static Whole shift_right(Whole x) {
    return _mm256_srai_epi32(x, kBits);
  }

  static Whole bits_of(Float x) { return _mm256_castps_si256(x); }
  static Float float_of(Whole x) { return _mm256_castsi256_ps(x); }
  static Float converted(Whole x) { return _mm256_cvtepi32_ps(x); }
  static Whole both(Whole x, Whole y) { return _mm256_and_si256(x, y); }

  static Mask greater(Whole x, Whole y) { return float_of(_mm256_cmpgt_epi32(x, y)); }
  static Mask negative(Whole x) { return float_of(x); }
  static Mask positive(Float x) { return _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ); }
  static Mask both(Mask x, Mask y) { return _mm256_and_ps(x, y); }
  static Float blend(Mask mask, Float yes, Float no) { return _mm256_blendv_ps(no, yes, mask); }
  // 0 elsewhere.
  static Float where(Mask mask, Float x) { return _mm256_and_ps(mask, x); }
  static Float add_where(Mask mask, Float x, Float y) {
    return _mm256_blendv_ps(x, _mm256_add_ps(x, y), mask);
  }
};

}  // namespace

void move_avx2(const Forces& forces, const MoveLists& lists, const float* others, std::size_t dim,
               float* own) {
  move_any_dimension<Lanes8>(forces, lists, others, dim, own);
}

}  // namespace clipcluster::umap
