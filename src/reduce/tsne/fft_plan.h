// Sizes and factors of the Fourier transforms.
#pragma once

#include <cstddef>
#include <vector>

#include "reduce/tsne/fft_pass.h"

namespace clipcluster::tsne {

// Two blocks of 16 columns share one complex transform, and half of a grid is the padding that keeps a
// convolution from wrapping round: sizes are multiples of 64.
constexpr std::size_t kSmallestTransform = 64;
constexpr std::size_t kLargestTransform = 8192;

struct FftPlan {
  std::size_t size = 0;
  std::vector<FftPass> passes;
  std::vector<float> twiddles;
};

// size has no prime factors but 2, 3 and 5.
FftPlan fft_plan(std::size_t size);

// The smallest of the supported sizes that is at least twice `cells`; 0 when none is.
std::size_t transform_size(std::size_t cells);

}  // namespace clipcluster::tsne
