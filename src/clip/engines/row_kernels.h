// What happens to rows before and after a panel product. Each has a scalar version, which is the
// meaning, and faster ones that agree with it up to rounding; quantising agrees to the bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "clip/engines/kinds.h"
#include "clip/engines/panel_products.h"
#include "clipcluster/cpu.h"

namespace clipcluster::engines {

// Inputs of int8 products are q + kByteOffset, q in [-127, 127], because they must not be negative.
constexpr std::int32_t kByteOffset = 128;

// The sums of a tile on their way to the output.
struct Tile {
  const void* sums = nullptr;  // [rows, kPanelColumns]
  std::size_t rows = 0;
  std::size_t columns = 0;      // of the output; the panel's others are padding
  const float* bias = nullptr;  // [kPanelColumns]
  // For int8, where sums are integers: float(sum - offset) * row scale * column scale; else null.
  const std::int32_t* offsets = nullptr;  // [kPanelColumns]
  const float* column_scales = nullptr;   // [kPanelColumns]
  const float* row_scales = nullptr;      // [rows]
  Activation activation = Activation::none;
  Output output = Output::floats;
  Element element = Element::f32;  // of Output::elements
  void* destination = nullptr;     // its first float or element
  std::size_t stride = 0;          // floats or elements from row to row
};

struct RowKernels {
  // destination = activation(sums + bias), or added to it.
  void (*finish)(const Tile& tile);
  // q = nearest(x * 127 / max |x|), ties to even; bytes[0, padded) = q + kByteOffset, q = 0 behind count.
  // padded: count rounded up to whole units of four.
  // Returns what q must be multiplied by.
  float (*quantize)(const void* x, Element element, std::size_t count, std::size_t padded,
                    std::uint8_t* bytes);
};

const RowKernels& row_kernels(InstructionSet set);

extern const RowKernels kScalarRowKernels;
extern const RowKernels kAvx2RowKernels;
extern const RowKernels kAvx512RowKernels;

}  // namespace clipcluster::engines
