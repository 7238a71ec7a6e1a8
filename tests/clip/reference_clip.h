// CLIP in float64 and plain loops, sharing no code with the library: the meaning of a checkpoint.
#pragma once

#include <vector>

#include "clip/random_checkpoint.h"
#include "clipcluster/images.h"

namespace clipcluster::testing {

std::vector<double> reference_image(const CheckpointShape& shape, const Tensors& tensors,
                                    const Image& image, const PreprocessOptions& preprocess);
// Pools at the first largest id.
std::vector<double> reference_text(const CheckpointShape& shape, const Tensors& tensors,
                                   const std::vector<int>& ids);

}  // namespace clipcluster::testing
