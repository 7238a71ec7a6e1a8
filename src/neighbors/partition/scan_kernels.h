// One query against rows in compact form: 8-bit codes in panels of 16 rows, a scale and half a squared norm
// for each. The products are integers, and what follows is rounded step by step: the same bits with every
// instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::neighbors {

constexpr std::size_t kCodeRows = 16;  // of a panel
constexpr std::size_t kMostPanelsAtOnce = 64;
constexpr std::int32_t kLargestCode = 127;
constexpr std::int32_t kLargestQueryCode = 2047;  // a sum of products with 127 stays within 32 bits to 8000

// A panel holds, for each pair of dimensions, the two codes of row 0, of row 1, ...; `query` the two codes
// of each pair as 16-bit halves. The key of a row is
//   half_norms[row] - float(sum of products) * (scales[row] * query_scale).
struct CodeScan {
  const std::int8_t* codes;
  const float* scales;
  const float* half_norms;  // infinite for rows of padding
  std::size_t panel_count;  // at most kMostPanelsAtOnce
  std::size_t pairs;
  const std::int32_t* query;
  float query_scale;
  float limit;  // rows whose key is at most this are wanted
};

struct CodeHit {
  float key;
  std::uint32_t row;  // counted from the first row of the first panel
};

// Writes the wanted rows in ascending order (room for 16 panel_count) and returns how many.
using CodeScanFunction = std::size_t (*)(const CodeScan& scan, CodeHit* hits);

// For the current instruction_set().
CodeScanFunction code_scan_kernel();

std::size_t code_scan_scalar(const CodeScan& scan, CodeHit* hits);
std::size_t code_scan_avx2(const CodeScan& scan, CodeHit* hits);
std::size_t code_scan_avx512(const CodeScan& scan, CodeHit* hits);

// Several queries against the same rows: `queries` holds `pairs` values for each of kTileQueries, one query
// after another; those from query_count on are not answered. The keys are those of CodeScan.
constexpr std::size_t kTileQueries = 8;

struct CodeTile {
  const std::int8_t* codes;
  const float* scales;
  const float* half_norms;
  std::size_t panel_count;
  std::size_t pairs;
  const std::int32_t* queries;
  const float* query_scales;
  const float* limits;
  std::size_t query_count;
};

struct CodeTileHit {
  float key;
  std::uint16_t query;
  std::uint16_t row;
};

// Writes the wanted rows (room for 16 panel_count query_count), for each query in ascending order, and
// returns how many.
using CodeTileFunction = std::size_t (*)(const CodeTile& tile, CodeTileHit* hits);

// For the current instruction_set(), with the dot products of AVX512_VNNI where the processor has them.
CodeTileFunction code_tile_kernel();

std::size_t code_tile_scalar(const CodeTile& tile, CodeTileHit* hits);
std::size_t code_tile_avx2(const CodeTile& tile, CodeTileHit* hits);
std::size_t code_tile_avx512(const CodeTile& tile, CodeTileHit* hits);
std::size_t code_tile_vnni(const CodeTile& tile, CodeTileHit* hits);

// Whether processor and operating system offer AVX512_VNNI.
bool has_avx512vnni();

}  // namespace clipcluster::neighbors
