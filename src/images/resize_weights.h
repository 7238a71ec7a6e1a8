// Pillow's antialiased bicubic weights for one axis.
#pragma once

#include <cstdint>
#include <vector>

#include "images/resize_kernels.h"

namespace clipcluster {

struct ResizeWeights {
  std::vector<ResizeSpan> spans;  // one for each target pixel of [begin, end)
  std::vector<std::int32_t> weights;
};

// `size` source pixels become `target` ones. Pillow 9.4, src/libImaging/Resample.c, precompute_coeffs
// and normalize_coeffs_8bpc.
ResizeWeights make_resize_weights(int size, std::int64_t target, std::int64_t begin, std::int64_t end);

}  // namespace clipcluster
