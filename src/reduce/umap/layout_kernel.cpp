#include "reduce/umap/layout_kernel.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "clipcluster/cpu.h"

namespace clipcluster::umap {
namespace {

// d2^b for d2 >= kSmallestSquare.
float power(float d2, float b) {
  const auto bits = std::bit_cast<std::int32_t>(d2);
  const std::int32_t exponent = (bits - kRootHalfBits) >> 23;
  const float t = std::bit_cast<float>(bits - exponent * (1 << 23)) - 1.0F;
  float log2 = kLog2[7];
  for (int i = 6; i >= 0; --i) log2 = log2 * t + kLog2[i];
  const float wanted = b * (log2 * t + static_cast<float>(exponent));
  const float y = std::clamp(wanted, -kLargestExponent, kLargestExponent);
  const float rounded = y + kRounding;
  const float f = y - (rounded - kRounding);
  float exp2 = kExp2[5];
  for (int i = 4; i >= 0; --i) exp2 = exp2 * f + kExp2[i];
  const std::int32_t whole = std::bit_cast<std::int32_t>(rounded) - kRoundingBits;
  return exp2 * std::bit_cast<float>((whole + 127) * (1 << 23));
}

float coefficient(const Forces& forces, float d2, bool attracts) {
  const float square = std::max(d2, kSmallestSquare);
  const float p = power(square, forces.b);
  const float curve = 1.0F + forces.a * p;
  return attracts ? forces.attraction * p / (square * curve)
                  : forces.repulsion / ((kRepulsionFloor + square) * curve);
}

// `moved` [dim] is what the list's last move was and becomes what this one is.
void move_by(const Forces& forces, std::uint32_t entry, const float* others, std::size_t dim, float* own,
             float* moved) {
  const float* other = others + static_cast<std::size_t>(entry & kVertex) * dim;
  const float answer = (entry & kAnswered) != 0 ? 1.0F : 0.0F;
  float d2 = 0.0F;
  for (std::size_t c = 0; c < dim; ++c) {
    const float difference = own[c] - (other[c] - answer * moved[c]);
    d2 += difference * difference;
  }
  if (!(d2 > 0.0F)) {  // also where the other has no place (NaN)
    std::fill_n(moved, dim, 0.0F);
    return;
  }
  const float by = coefficient(forces, d2, (entry & kAttracts) != 0);
  for (std::size_t c = 0; c < dim; ++c) {
    const float difference = own[c] - (other[c] - answer * moved[c]);
    moved[c] = forces.step * std::clamp(by * difference, -kLargestGradient, kLargestGradient);
    own[c] += moved[c];
  }
}

}  // namespace

void move_scalar(const Forces& forces, const MoveLists& lists, const float* others, std::size_t dim,
                 float* own) {
  std::vector<float> moved(dim);
  for (std::size_t list = 0; list < lists.count; ++list) {
    const std::uint32_t* entry = lists.entries + lists.begin[list];
    std::fill(moved.begin(), moved.end(), 0.0F);
    for (std::int32_t i = 0; i < lists.length[list]; ++i) {
      move_by(forces, entry[i], others, dim, own + list * dim, moved.data());
    }
  }
}

MoveFunction move_function(std::size_t rows, std::size_t dim) {
  // The vector versions address coordinates with 32 bits.
  const auto addressable = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  if (dim > kMostLaneDimensions || rows > addressable / dim) return move_scalar;
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return move_avx512;
  if (instruction_set() == InstructionSet::avx2) return move_avx2;
#endif
  return move_scalar;
}

}  // namespace clipcluster::umap
