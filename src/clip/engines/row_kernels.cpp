#include "clip/engines/row_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/half.h"

namespace clipcluster::engines {
namespace {

float activate(Activation activation, float x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::quick_gelu:
      return x / (1.0F + std::exp(-1.702F * x));
    case Activation::gelu:
      return 0.5F * x * (1.0F + std::erf(x * 0.707106781F));
    case Activation::gelu_tanh:
      return 0.5F * x * (1.0F + std::tanh(0.797884561F * (x + 0.044715F * x * x * x)));
  }
  return x;
}

float value(const Tile& tile, std::size_t row, std::size_t column) {
  const std::size_t index = row * kPanelColumns + column;
  if (tile.offsets == nullptr) return static_cast<const float*>(tile.sums)[index];
  const std::int32_t sum = static_cast<const std::int32_t*>(tile.sums)[index] - tile.offsets[column];
  return static_cast<float>(sum) * (tile.row_scales[row] * tile.column_scales[column]);
}

void finish(const Tile& tile) {
  for (std::size_t row = 0; row < tile.rows; ++row) {
    for (std::size_t column = 0; column < tile.columns; ++column) {
      const std::size_t place = row * tile.stride + column;
      const float y = activate(tile.activation, value(tile, row, column) + tile.bias[column]);
      if (tile.output == Output::add_to_floats) {
        static_cast<float*>(tile.destination)[place] += y;
      } else if (tile.output == Output::floats || tile.element == Element::f32) {
        static_cast<float*>(tile.destination)[place] = y;
      } else {
        static_cast<std::uint16_t*>(tile.destination)[place] = internal::bf16_from_float(y);
      }
    }
  }
}

float element_at(const void* x, Element element, std::size_t i) {
  if (element == Element::f32) return static_cast<const float*>(x)[i];
  return internal::float_from_bf16(static_cast<const std::uint16_t*>(x)[i]);
}

float quantize(const void* x, Element element, std::size_t count, std::size_t padded, std::uint8_t* bytes) {
  float largest = 1e-30F;  // so that its inverse is finite
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(element_at(x, element, i)));
  const float factor = 127.0F / largest;
  for (std::size_t i = 0; i < count; ++i) {
    const auto q = static_cast<std::int32_t>(std::nearbyint(element_at(x, element, i) * factor));
    bytes[i] = static_cast<std::uint8_t>(q + kByteOffset);
  }
  std::memset(bytes + count, kByteOffset, padded - count);
  return largest / 127.0F;
}

}  // namespace

const RowKernels kScalarRowKernels = {finish, quantize};

const RowKernels& row_kernels(InstructionSet set) {
#if CLIPCLUSTER_SIMD
  if (set == InstructionSet::avx512) return kAvx512RowKernels;
  if (set == InstructionSet::avx2) return kAvx2RowKernels;
#else
  static_cast<void>(set);
#endif
  return kScalarRowKernels;
}

}  // namespace clipcluster::engines
