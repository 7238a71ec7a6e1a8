#include "reduce/umap/layout_kernel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "clipcluster/cpu.h"
#include "clipcluster/random.h"
#include "reduce/umap/schedule.h"

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
  const float curve = forces.a * p + 1.0F;
  return attracts ? forces.attraction * p / (square * curve)
                  : forces.repulsion / ((kRepulsionFloor + square) * curve);
}

float clipped_move(const Forces& forces, float by, float difference) {
  return forces.step * std::clamp(by * difference, -kLargestGradient, kLargestGradient);
}

float squared_distance(const float* x, const float* y, std::size_t dim) {
  float sum = 0.0F;
  for (std::size_t c = 0; c < dim; ++c) sum += (x[c] - y[c]) * (x[c] - y[c]);
  return sum;
}

void attract(const Forces& forces, std::size_t dim, float* head, float* tail) {
  const float d2 = squared_distance(head, tail, dim);
  if (!(d2 > 0.0F)) return;
  const float by = coefficient(forces, d2, true);
  for (std::size_t c = 0; c < dim; ++c) {
    const float move = clipped_move(forces, by, head[c] - tail[c]);
    head[c] += move;
    tail[c] -= move;
  }
}

void repel(const Forces& forces, std::size_t dim, const float* other, float* own) {
  const float d2 = squared_distance(own, other, dim);
  if (!(d2 > 0.0F)) return;
  const float by = coefficient(forces, d2, false);
  for (std::size_t c = 0; c < dim; ++c) own[c] += clipped_move(forces, by, own[c] - other[c]);
}

void repel_end(const EdgeEpoch& epoch, std::size_t edge, std::uint32_t end, std::uint32_t negatives) {
  const std::size_t stride = padded_dimensions(epoch.dim);
  const CounterRandom random = CounterRandom::with_key(epoch.random_key);
  std::array<std::uint32_t, 4> numbers = {};
  for (std::uint32_t p = 0; p < negatives; ++p) {
    if (p % 4 == 0) {
      numbers = random.block(static_cast<std::uint32_t>(edge),
                             (std::uint64_t{epoch.epoch} << 32) + negatives_draw(epoch.reverse, p));
    }
    const auto other = static_cast<std::uint32_t>((std::uint64_t{numbers[p % 4]} * epoch.vertices) >> 32);
    if (other == end) continue;
    repel(epoch.forces, epoch.dim, epoch.before + other * stride, epoch.positions + end * stride);
  }
}

// The moves of one block of a group, each from `own`, lane by lane.
void settle_moves(const Forces& forces, const std::uint32_t* entries, std::size_t count,
                  const float* others, std::size_t dim, const float* own, float* moves) {
  std::fill_n(moves, kSettleLanes * dim, 0.0F);
  for (std::size_t lane = 0; lane < count; ++lane) {
    const float* other = others + std::size_t{entries[lane] & kVertex} * dim;
    const float d2 = squared_distance(own, other, dim);
    if (!(d2 > 0.0F)) continue;  // also where the other has no place (NaN)
    const float by = coefficient(forces, d2, (entries[lane] & kAttracts) != 0);
    for (std::size_t c = 0; c < dim; ++c) {
      moves[c * kSettleLanes + lane] = clipped_move(forces, by, own[c] - other[c]);
    }
  }
}

float sum_of_halves(float* lanes) {
  for (std::size_t half = kSettleLanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

// The vector versions address coordinates with 32 bits.
bool fits_lanes(std::size_t rows, std::size_t dim) {
  const auto addressable = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  return dim <= kMostLaneDimensions && rows <= addressable / padded_dimensions(dim);
}

}  // namespace

void move_edges_scalar(const EdgeEpoch& epoch, const EdgeList& edges, std::size_t begin, std::size_t end) {
  const std::size_t stride = padded_dimensions(epoch.dim);
  for (std::size_t e = begin; e < end; ++e) {
    if (!is_due(edges.rates[e], epoch.epoch)) continue;
    float* head = epoch.positions + edges.heads[e] * stride;
    float* tail = epoch.positions + edges.tails[e] * stride;
    attract(epoch.forces, epoch.dim, head, tail);
    repel_end(epoch, e, epoch.reverse ? edges.tails[e] : edges.heads[e],
              negatives_due(edges.rates[e], epoch.epoch, epoch.negatives_per_edge));
  }
}

void settle_scalar(const Forces& forces, const std::uint32_t* entries, const std::uint32_t* group_begin,
                   std::size_t groups, const float* others, std::size_t dim, float* own) {
  std::vector<float> moves(kSettleLanes * dim);
  std::vector<float> total(dim);
  for (std::size_t group = 0; group < groups; ++group) {
    std::fill(total.begin(), total.end(), 0.0F);
    for (std::size_t first = group_begin[group]; first < group_begin[group + 1]; first += kSettleLanes) {
      const std::size_t count = std::min(kSettleLanes, group_begin[group + 1] - first);
      settle_moves(forces, entries + first, count, others, dim, own, moves.data());
      for (std::size_t c = 0; c < dim; ++c) total[c] += sum_of_halves(moves.data() + c * kSettleLanes);
    }
    for (std::size_t c = 0; c < dim; ++c) own[c] += total[c];
  }
}

MoveEdges move_edges_function(std::size_t rows, std::size_t dim) {
  if (!fits_lanes(rows, dim)) return move_edges_scalar;
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return move_edges_avx512;
  if (instruction_set() == InstructionSet::avx2) return move_edges_avx2;
#endif
  return move_edges_scalar;
}

SettleVertex settle_function(std::size_t rows, std::size_t dim) {
  if (!fits_lanes(rows, dim)) return settle_scalar;
#if CLIPCLUSTER_SIMD
  if (instruction_set() == InstructionSet::avx512) return settle_avx512;
  if (instruction_set() == InstructionSet::avx2) return settle_avx2;
#endif
  return settle_scalar;
}

}  // namespace clipcluster::umap
