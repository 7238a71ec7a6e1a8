// The inner loops of the layout: edges that move both their ends, and one vertex that settles among
// fixed ones. This header is read by the files that are compiled for one instruction set and includes
// nothing that could leak such code elsewhere. All versions use the same operations in the same order,
// without fused multiply-add, and so give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::umap {

struct Forces {
  float a;  // of the curve 1 / (1 + a d^(2b))
  float b;
  float attraction;  // -2 a b
  float repulsion;   // 2 gamma b
  float step;        // the learning rate of this epoch
};

// Edges no two of which share a vertex.
struct EdgeList {
  const std::uint32_t* heads;
  const std::uint32_t* tails;
  const std::uint32_t* rates;
};

// What an epoch's moves need beside the edges. Positions are [vertices, padded_dimensions(dim)], the
// padding 0. Negative samples stand where `before`, the positions at the epoch's beginning, has them.
struct EdgeEpoch {
  Forces forces;
  std::uint32_t epoch;
  bool reverse;  // every edge is taken once in either direction
  std::uint32_t negatives_per_edge;
  std::uint64_t random_key;  // of CounterRandom
  std::uint32_t vertices;
  std::uint32_t dim;
  const float* before;
  float* positions;
};

// So that a row does not straddle cache lines. Static: every file keeps code of its own.
static inline constexpr std::size_t padded_dimensions(std::size_t dim) {
  return dim <= 2 ? dim : dim <= 4 ? 4 : (dim + 7) / 8 * 8;
}

// The low word of the random draw; the epoch is the high one.
static inline constexpr std::uint32_t negatives_draw(bool reverse, std::uint32_t negative) {
  return negative / 4 * 2 + (reverse ? 1 : 0);
}

// Moves both ends of the edges [begin, end) that are due towards each other, and the head, or in the
// reverse direction the tail, away from the edge's negative samples: move after move by
// step * clip(coefficient * difference, 4) per axis, with the coefficient of an attraction,
// attraction d^(2b) / (d^2 (1 + a d^(2b))), or of a repulsion,
// repulsion / ((0.001 + d^2) (1 + a d^(2b))). Nothing moves at distance 0, and no vertex is repelled by
// itself. Negative p of edge e is word p % 4 of the random block (e, epoch * 2^32 + negatives_draw(p)).
using MoveEdges = void (*)(const EdgeEpoch& epoch, const EdgeList& edges, std::size_t begin,
                           std::size_t end);

// A vertex among fixed others, others[entry * dim], goes through groups of entries; group g is
// [group_begin[g], group_begin[g + 1]): one attraction (top bit set) and its negatives. The moves of a
// group start from one place and are added up in blocks of kSettleLanes, halves first.
using SettleVertex = void (*)(const Forces& forces, const std::uint32_t* entries,
                              const std::uint32_t* group_begin, std::size_t groups, const float* others,
                              std::size_t dim, float* own);

inline constexpr std::uint32_t kAttracts = 0x80000000U;
inline constexpr std::uint32_t kVertex = 0x3FFFFFFFU;
inline constexpr std::size_t kSettleLanes = 16;

void move_edges_scalar(const EdgeEpoch&, const EdgeList&, std::size_t begin, std::size_t end);
void move_edges_avx2(const EdgeEpoch&, const EdgeList&, std::size_t begin, std::size_t end);
void move_edges_avx512(const EdgeEpoch&, const EdgeList&, std::size_t begin, std::size_t end);
void settle_scalar(const Forces&, const std::uint32_t*, const std::uint32_t*, std::size_t, const float*,
                   std::size_t dim, float* own);
void settle_avx2(const Forces&, const std::uint32_t*, const std::uint32_t*, std::size_t, const float*,
                 std::size_t dim, float* own);
void settle_avx512(const Forces&, const std::uint32_t*, const std::uint32_t*, std::size_t, const float*,
                   std::size_t dim, float* own);

// The fastest ones that instruction_set() allows for `rows` positions of `dim` coordinates.
MoveEdges move_edges_function(std::size_t rows, std::size_t dim);
SettleVertex settle_function(std::size_t rows, std::size_t dim);

// The vector versions keep this many coordinates in registers and on the stack.
inline constexpr std::size_t kMostLaneDimensions = 64;

// The power d2^b = 2^(b log2 d2): log2(1 + t) / t for 1 + t in [sqrt(1/2), sqrt(2)] and 2^f for f in
// [-1/2, 1/2], Chebyshev interpolation, lowest power first, absolute errors 3e-7 and 8e-8.
inline constexpr float kLog2[8] = {1.44269496F,  -0.721352759F, 0.480924039F, -0.360241986F,
                                   0.287075611F, -0.248821806F, 0.234209851F, -0.146203534F};
inline constexpr float kExp2[6] = {1.00000008F,   0.693147207F,  0.240221074F,
                                   0.0555032721F, 0.0096760371F, 0.00134004322F};
inline constexpr std::int32_t kRootHalfBits = 0x3F3504F3;  // sqrt(1/2)
inline constexpr float kRounding = 12582912.0F;            // 1.5 * 2^23: adding it rounds to an integer
inline constexpr std::int32_t kRoundingBits = 0x4B400000;
inline constexpr float kSmallestSquare = 1e-30F;
inline constexpr float kLargestExponent = 126.0F;
inline constexpr float kLargestGradient = 4.0F;
inline constexpr float kRepulsionFloor = 0.001F;

// Philox 4x32, as in clipcluster/random.h.
inline constexpr int kPhiloxRounds = 10;
inline constexpr std::uint32_t kPhiloxMultiplier0 = 0xD2511F53U;
inline constexpr std::uint32_t kPhiloxMultiplier1 = 0xCD9E8D57U;
inline constexpr std::uint32_t kPhiloxWeyl0 = 0x9E3779B9U;
inline constexpr std::uint32_t kPhiloxWeyl1 = 0xBB67AE85U;

}  // namespace clipcluster::umap
