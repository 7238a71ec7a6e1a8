// The inner loop of the layout: one vertex moves through its list of attractions and repulsions.
// This header is read by the files that are compiled for one instruction set and includes nothing
// that could leak such code elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::umap {

// An entry of a list: the other vertex, in the top bit whether it attracts, and in the next one
// whether the other answered the move before this one by as much in the opposite direction. Of an
// edge's two attractions, one for either direction, the second sees what the first did to both ends.
constexpr std::uint32_t kAttracts = 0x80000000U;
constexpr std::uint32_t kAnswered = 0x40000000U;
constexpr std::uint32_t kVertex = 0x3FFFFFFFU;

struct Forces {
  float a;  // of the curve 1 / (1 + a d^(2b))
  float b;
  float attraction;  // -2 a b
  float repulsion;   // 2 gamma b
  float step;        // the learning rate of this epoch
};

// Vertex `list` goes through entries[begin[list]] .. entries[begin[list] + length[list]).
struct MoveLists {
  const std::uint32_t* entries;
  const std::int32_t* begin;
  const std::int32_t* length;
  std::size_t count;
};

// Moves every list's own position, entry after entry: by step * clip(coefficient * difference, 4) per
// axis, with the coefficient of an attraction, attraction d^(2b) / (d^2 (1 + a d^(2b))), or of a
// repulsion, repulsion / ((0.001 + d^2) (1 + a d^(2b))). Entries at distance 0 do nothing. The others'
// positions, others[entry * dim], stay as they are, so lists do not touch each other and may run side
// by side in vector lanes. own[list * dim] holds the positions that move.
using MoveFunction = void (*)(const Forces& forces, const MoveLists& lists, const float* others,
                              std::size_t dim, float* own);

void move_scalar(const Forces&, const MoveLists&, const float* others, std::size_t dim, float* own);
void move_avx2(const Forces&, const MoveLists&, const float* others, std::size_t dim, float* own);
void move_avx512(const Forces&, const MoveLists&, const float* others, std::size_t dim, float* own);

// The fastest one that instruction_set() allows for `rows` others of `dim` coordinates.
MoveFunction move_function(std::size_t rows, std::size_t dim);

// The vector versions keep this many coordinates in registers and on the stack.
inline constexpr std::size_t kMostLaneDimensions = 64;

// The power d2^b = 2^(b log2 d2), the same in all versions up to the rounding of fused multiply-add:
// log2(1 + t) / t for 1 + t in [sqrt(1/2), sqrt(2)] and 2^f for f in [-1/2, 1/2], Chebyshev
// interpolation, lowest power first, absolute errors 3e-7 and 8e-8.
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

}  // namespace clipcluster::umap
