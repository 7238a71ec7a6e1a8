// Floats on their way into the engine's elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "clip/engines/engine.h"
#include "clip/kernels.h"

namespace clipcluster::clip {

// Writes x[0, count) to output[offset, offset + count), counted in elements.
inline void store_elements(const float* x, std::size_t count, engines::Element element, void* output,
                           std::size_t offset) {
  if (element == engines::Element::f32) {
    std::memcpy(static_cast<float*>(output) + offset, x, count * sizeof(float));
  } else {
    kernels().to_bf16(x, count, static_cast<std::uint16_t*>(output) + offset);
  }
}

}  // namespace clipcluster::clip
