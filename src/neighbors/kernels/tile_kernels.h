// The inner loop of the tiled search: 8 rows times up to 48 columns of packed points. Products stay in
// registers; only pairs that may be near enough leave them.
//
// Packed points are cut into panels of 16 rows. A panel holds, for k = 0, 1, ..., element k of its 16
// rows side by side (f32), or for each pair of k the two elements of each row (bf16): the same layout
// serves as left and right factor.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::neighbors {

constexpr std::size_t kPanelRows = 16;
constexpr std::size_t kTileRows = 8;
constexpr std::size_t kTilePanels = 3;
constexpr std::size_t kTileColumns = kPanelRows * kTilePanels;

// One side of a tile; each array has one entry for each of its rows. The lower bound of a pair is
//   (half_norms[a] + half_norms[b]) - (a.b + errors[a] * errors[b]).
struct TileSide {
  const void* panels;
  const float* half_norms;
  const float* errors;
  const float* limits;  // a pair is wanted by a side when its bound is at most that side's limit
};

struct TileHit {
  float bound;
  std::uint16_t row;     // 0..7
  std::uint16_t column;  // 0..47
};

// rows.panels points to the panel of the 8 rows, first_lane (0 or 8) says which half of it they are;
// columns has panel_count panels (1..3), panel_bytes apart. depth is a multiple of 2. Writes every
// pair that one side or the other wants to hits (room for 384) and returns how many.
struct TileInput {
  TileSide rows;
  std::size_t first_lane;
  TileSide columns;
  std::size_t panel_count;
  std::size_t panel_bytes;
  std::size_t depth;
};
using TileFunction = std::size_t (*)(const TileInput& input, TileHit* hits);

enum class PackedFormat { f32, bf16 };

struct TileKernel {
  TileFunction run;
  PackedFormat format;
};

// The fastest for the current instruction_set(). bf16 halves the arithmetic but widens the error bound:
// it pays from a depth of 64 on.
TileKernel tile_kernel(std::size_t depth);

std::size_t tile_scalar(const TileInput& input, TileHit* hits);
std::size_t tile_avx2(const TileInput& input, TileHit* hits);
std::size_t tile_avx512(const TileInput& input, TileHit* hits);
std::size_t tile_avx512bf16(const TileInput& input, TileHit* hits);

// Whether processor and operating system offer AVX512_BF16.
bool has_avx512bf16();

}  // namespace clipcluster::neighbors
