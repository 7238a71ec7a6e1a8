// Kernels of the banded resize (resize_banded.cpp): four rows at a time.
//
// A band is four rows side by side. A packed band holds blocks of four pixels: for each of the four rows
// 16 bytes, four times red, green, blue and nothing. A resized band holds for each byte of the target row
// the four rows' values. So four neighbours across, or four down, always stand together in 32 bits, and one
// step multiplies them by four weights. A weight has 24 bits, too many for the instructions that multiply
// and add; it is cut in parts, and the parts of a step's four weights stand together as its kernel wants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster {

inline constexpr std::size_t kBandRows = 4;
inline constexpr std::size_t kBlockPixels = 4;
inline constexpr std::size_t kBlockBytes = 64;

// The weights of four taps.
struct WeightStep {
  std::int32_t parts[4];
};

// Where the steps of one target lie, and the block or band that the first of them is for.
struct StepSpan {
  std::uint32_t first;
  std::uint32_t count;
  std::size_t steps;
};

struct BandKernels {
  // Adds the weight of one tap (0..3) to a step that was zeros.
  void (*put_weight)(std::int32_t weight, int tap, WeightStep& step);
  // `pixels` pixels of four rows. `to`: ceil(pixels / 16) * 4 blocks; the rest of the last ones is 0.
  void (*pack)(const std::uint8_t* const rows[kBandRows], std::size_t pixels, std::uint8_t* to);
  // A packed band to `targets` pixels. `to`: targets * 12 + 4 bytes.
  void (*across)(const std::uint8_t* packed, const StepSpan* spans, const WeightStep* steps,
                 std::size_t targets, std::uint8_t* to);
  // One target row of `bytes` bytes from `count` resized bands; from each, 4 * bytes + 60 may be read.
  void (*down)(const std::uint8_t* const* bands, const WeightStep* steps, std::size_t count,
               std::size_t bytes, std::uint8_t* to);
};

// For any AVX2 processor, and for those with AVX-512's byte products (VNNI).
BandKernels band_kernels_avx2();
BandKernels band_kernels_avx512();

}  // namespace clipcluster
