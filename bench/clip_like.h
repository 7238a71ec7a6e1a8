// Points like CLIP embeddings, for benchmarks: unit vectors in a cone, 60 clusters of differing size and
// density around centres in a space of fewer dimensions, a tenth of the points noise.
#pragma once

#include <cstddef>
#include <cstdint>

#include "clipcluster/matrix.h"

namespace clipcluster::bench {

// [n, d]
MatrixF clip_like_points(std::size_t n, std::size_t d, std::uint64_t seed);

}  // namespace clipcluster::bench
