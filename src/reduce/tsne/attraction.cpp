#include "reduce/tsne/attraction.h"

#include "clipcluster/cpu.h"

namespace clipcluster::tsne {
namespace {

template <std::size_t kDimensions>
void attract(const Attraction& from, std::size_t begin, std::size_t end, float* pulls) {
  for (std::size_t i = begin; i < end; ++i) {
    const float* own = from.places + i * kDimensions;
    float sums[kDimensions] = {};
    for (std::int64_t at = from.offsets[i]; at < from.offsets[i + 1]; ++at) {
      const float* other = from.places + static_cast<std::size_t>(from.columns[at]) * kDimensions;
      float difference[kDimensions];
      float square = 1.0F;
      for (std::size_t c = 0; c < kDimensions; ++c) {
        difference[c] = own[c] - other[c];
        square += difference[c] * difference[c];
      }
      const float weight = from.values[at] / square;
      for (std::size_t c = 0; c < kDimensions; ++c) sums[c] += weight * difference[c];
    }
    for (std::size_t c = 0; c < kDimensions; ++c) pulls[i * kDimensions + c] = sums[c];
  }
}

}  // namespace

void attract2_scalar(const Attraction& from, std::size_t begin, std::size_t end, float* pulls) {
  attract<2>(from, begin, end, pulls);
}
void attract3_scalar(const Attraction& from, std::size_t begin, std::size_t end, float* pulls) {
  attract<3>(from, begin, end, pulls);
}

AttractFunction attract_function(std::size_t dimensions) {
  if (dimensions == 3) return attract3_scalar;
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return attract2_avx512;
  if (instruction_set() == InstructionSet::avx2) return attract2_avx2;
#endif
  return attract2_scalar;
}

}  // namespace clipcluster::tsne
