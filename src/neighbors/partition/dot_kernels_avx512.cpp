#include <immintrin.h>

#include "neighbors/partition/dot_kernels.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kRowsAtOnce = 4;
constexpr std::size_t kPanelsAtOnce = 4;

template <std::size_t row_count, std::size_t panel_count>
void block(const DotInput& input, std::size_t first_row, std::size_t first_panel, float* out,
           std::size_t out_stride) {
  const float* rows = input.rows + first_row * input.row_stride;
  const std::size_t panel_size = input.depth * kPanelColumns;
  const float* panels = input.panels + first_panel * panel_size;
  __m512 sums[row_count][panel_count];
  for (std::size_t r = 0; r < row_count; ++r) {
    for (std::size_t p = 0; p < panel_count; ++p) sums[r][p] = _mm512_setzero_ps();
  }
  for (std::size_t k = 0; k < input.depth; ++k) {
    __m512 columns[panel_count];
#pragma GCC unroll 4
    for (std::size_t p = 0; p < panel_count; ++p) {
      columns[p] = _mm512_loadu_ps(panels + p * panel_size + k * kPanelColumns);
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < row_count; ++r) {
      const __m512 factor = _mm512_set1_ps(rows[r * input.row_stride + k]);
#pragma GCC unroll 4
      for (std::size_t p = 0; p < panel_count; ++p) {
        sums[r][p] = _mm512_add_ps(sums[r][p], _mm512_mul_ps(factor, columns[p]));
      }
    }
  }
  float* corner = out + first_row * out_stride + first_panel * kPanelColumns;
  for (std::size_t r = 0; r < row_count; ++r) {
    for (std::size_t p = 0; p < panel_count; ++p) {
      _mm512_storeu_ps(corner + r * out_stride + p * kPanelColumns, sums[r][p]);
    }
  }
}

template <std::size_t panel_count>
void all_rows(const DotInput& input, std::size_t first_panel, float* out, std::size_t out_stride) {
  std::size_t row = 0;
  for (; row + kRowsAtOnce <= input.row_count; row += kRowsAtOnce) {
    block<kRowsAtOnce, panel_count>(input, row, first_panel, out, out_stride);
  }
  for (; row < input.row_count; ++row) block<1, panel_count>(input, row, first_panel, out, out_stride);
}

}  // namespace

void dot_avx512(const DotInput& input, float* out, std::size_t out_stride) {
  std::size_t panel = 0;
  for (; panel + kPanelsAtOnce <= input.panel_count; panel += kPanelsAtOnce) {
    all_rows<kPanelsAtOnce>(input, panel, out, out_stride);
  }
  for (; panel < input.panel_count; ++panel) all_rows<1>(input, panel, out, out_stride);
}

}  // namespace clipcluster::neighbors
