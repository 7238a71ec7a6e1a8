// What layers are made of: plain words only, for files of every instruction set.
#pragma once

#include <cstddef>

namespace clipcluster::engines {

enum class Activation {
  none,
  quick_gelu,  // x sigmoid(1.702 x): OpenAI's
  gelu,        // x Phi(x): OpenCLIP's
  gelu_tanh    // its tanh approximation: SigLIP's, and "gelu_new"
};

// What the inputs of products are stored as: float, or the upper half of one (std::uint16_t).
enum class Element { f32, bf16 };
inline constexpr std::size_t element_size(Element element) { return element == Element::f32 ? 4 : 2; }

enum class Output {
  elements,      // the engine's elements, ready for the next product
  floats,        // float
  add_to_floats  // added to the floats that are there: a residual connection
};

}  // namespace clipcluster::engines
