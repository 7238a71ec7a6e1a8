// The two passes of the resize as scalar kernels; resize_bands.h has faster ones with the same bits.
//
// All arithmetic is Pillow's: 32-bit fixed point with 22 bits after the point, started at one half,
// cut to 0..255. Addition modulo 2^32 may be done in any order, so wider kernels stay exact.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster {

inline constexpr int kResizeFractionBits = 22;

// How a stretch of source pixels makes up one target pixel.
struct ResizeSpan {
  std::int32_t first;  // source pixel
  std::int32_t count;
  std::size_t weights;  // index of the first weight
};

// `count` target rows from as many source rows that lie `stride` apart: pixel t of each is the sum of
// row[span.first + i] * weights[i]. Target rows have no gaps.
void resize_rows_scalar(const std::uint8_t* rows, std::size_t stride, std::size_t count,
                        const ResizeSpan* spans, const std::int32_t* weights, std::size_t targets,
                        std::uint8_t* to);

// One target row from `count` source rows of `bytes` bytes that lie `stride` apart.
void resize_columns_scalar(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                           std::size_t count, std::size_t bytes, std::uint8_t* to);

}  // namespace clipcluster
