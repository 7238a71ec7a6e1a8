// The inner loop of the tiled search: 8 rows times up to 48 columns of packed points. Products stay in
// registers; only pairs that may be near enough leave them.
//
// Packed points are cut into stages of consecutive coordinates, and a stage into panels of 16 rows. A panel
// holds, for k = 0, 1, ..., element k of its 16 rows side by side (f32), or for each pair of k the two
// elements of each row (bf16): the same layout serves as left and right factor.
//
// After each stage a pair has a lower bound of its key, which grows from stage to stage:
//   (half_norms[a] + half_norms[b]) - (a.b so far + errors[a] * errors[b]).
// When no pair of a tile is wanted by either side any more, the tile's other stages are left out.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::neighbors {

constexpr std::size_t kPanelRows = 16;
constexpr std::size_t kTileRows = 8;
constexpr std::size_t kTilePanels = 3;
constexpr std::size_t kTileColumns = kPanelRows * kTilePanels;
constexpr std::size_t kMaxStages = 8;

// One stage of one side.
struct TileStage {
  const void* panels;
  const float* errors;  // after this stage; one for each row
};

// One side of a tile; each array has one entry for each packed row, and so has a stage's errors.
struct TileSide {
  TileStage stages[kMaxStages];
  const float* half_norms;
  const float* limits;  // a pair is wanted by a side when its bound is at most that side's limit
};

struct TileHit {
  float bound;
  std::uint16_t row;     // 0..7
  std::uint16_t column;  // 0..47
};

// Rows [.., row_end) (multiples of 8) against the panel_count (1..3) panels from first_column (a multiple
// of 16) on. Stage s has depths[s] coordinates (even) and panels panel_bytes[s] apart.
struct TileInput {
  TileSide rows;
  std::size_t row_end;
  TileSide columns;  // its limits are of the columns from first_column on
  std::size_t first_column;
  std::size_t panel_count;
  std::size_t stage_count;
  std::size_t depths[kMaxStages];
  std::size_t panel_bytes[kMaxStages];
};

// Goes from `row` on by 8 rows until a tile has hits: `row` is then that tile's first row, every pair that
// one side or the other wants is in hits (room for 384), and their number is returned. 0 at the end.
using TileFunction = std::size_t (*)(const TileInput& input, std::size_t& row, TileHit* hits);

enum class PackedFormat { f32, bf16 };

struct TileKernel {
  TileFunction run;
  PackedFormat format;
};

// The fastest for the current instruction_set(). bf16 halves the arithmetic but widens the error bound:
// it pays from a depth of 64 on.
TileKernel tile_kernel(std::size_t depth);

std::size_t tile_scalar(const TileInput& input, std::size_t& row, TileHit* hits);
std::size_t tile_avx2(const TileInput& input, std::size_t& row, TileHit* hits);
std::size_t tile_avx512(const TileInput& input, std::size_t& row, TileHit* hits);
std::size_t tile_avx512bf16(const TileInput& input, std::size_t& row, TileHit* hits);

// Whether processor and operating system offer AVX512_BF16.
bool has_avx512bf16();

}  // namespace clipcluster::neighbors
