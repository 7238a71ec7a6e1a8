#include <immintrin.h>

#include "neighbors/partition/dot_kernels.h"

namespace clipcluster::neighbors {
namespace {

constexpr std::size_t kRowsAtOnce = 4;

// Rows times one panel: two registers for each row.
template <std::size_t row_count>
void block(const DotInput& input, std::size_t first_row, std::size_t panel, float* out,
           std::size_t out_stride) {
  const float* rows = input.rows + first_row * input.row_stride;
  const float* columns = input.panels + panel * input.depth * kPanelColumns;
  __m256 low[row_count];
  __m256 high[row_count];
  for (std::size_t r = 0; r < row_count; ++r) low[r] = high[r] = _mm256_setzero_ps();
  for (std::size_t k = 0; k < input.depth; ++k) {
    const __m256 first = _mm256_loadu_ps(columns + k * kPanelColumns);
    const __m256 second = _mm256_loadu_ps(columns + k * kPanelColumns + 8);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < row_count; ++r) {
      const __m256 factor = _mm256_broadcast_ss(rows + r * input.row_stride + k);
      low[r] = _mm256_add_ps(low[r], _mm256_mul_ps(factor, first));
      high[r] = _mm256_add_ps(high[r], _mm256_mul_ps(factor, second));
    }
  }
  for (std::size_t r = 0; r < row_count; ++r) {
    float* corner = out + (first_row + r) * out_stride + panel * kPanelColumns;
    _mm256_storeu_ps(corner, low[r]);
    _mm256_storeu_ps(corner + 8, high[r]);
  }
}

}  // namespace

void dot_avx2(const DotInput& input, float* out, std::size_t out_stride) {
  for (std::size_t panel = 0; panel < input.panel_count; ++panel) {
    std::size_t row = 0;
    for (; row + kRowsAtOnce <= input.row_count; row += kRowsAtOnce) {
      block<kRowsAtOnce>(input, row, panel, out, out_stride);
    }
    for (; row < input.row_count; ++row) block<1>(input, row, panel, out, out_stride);
  }
}

}  // namespace clipcluster::neighbors
