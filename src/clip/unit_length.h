// Embeddings leave the towers as unit vectors.
#pragma once

#include <cstddef>

namespace clipcluster::clip {

// A vector of zeros stays as it is.
void scale_to_unit_length(float* x, std::size_t size);

}  // namespace clipcluster::clip
