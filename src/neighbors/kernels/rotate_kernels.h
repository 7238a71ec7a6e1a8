// A rotation of packed points: 48 rows at a time, one vector lane for each row.
#pragma once

#include <cstddef>

#include "neighbors/kernels/tile_kernels.h"

namespace clipcluster::neighbors {

// Sums run over at most this many products before they are added up: their rounding error grows with the
// length of the longest chain of additions.
constexpr std::size_t kRotateChunk = 64;

// For each of kTilePanels panels p, panel_stride floats apart, each axis k < axis_count and each lane:
//   out[p][k * kPanelRows + lane] = sum over l < depth of axes[k * depth + l] * in[p][l * kPanelRows +
//   lane].
struct RotateInput {
  const float* axes;
  std::size_t axis_count;
  std::size_t depth;
  const float* in;
  std::size_t panel_stride;
  float* out;
};
using RotateFunction = void (*)(const RotateInput& input);

// For the current instruction_set().
RotateFunction rotate_kernel();

void rotate_scalar(const RotateInput& input);
void rotate_avx2(const RotateInput& input);
void rotate_avx512(const RotateInput& input);

}  // namespace clipcluster::neighbors
