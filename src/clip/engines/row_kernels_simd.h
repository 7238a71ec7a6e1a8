// The vector versions over a type V that names a register and its instructions. Everything is local
// to the including file.
#pragma once

#include "clip/engines/row_kernels.h"
#include "clip/functions_simd.h"

namespace clipcluster::engines {
namespace {

template <class V>
struct SimdRowKernels {
  using Reg = typename V::Reg;
  static constexpr std::size_t kWidth = V::kWidth;

  static Reg value(const Tile& tile, std::size_t row, std::size_t column) {
    const std::size_t index = row * kPanelColumns + column;
    const Reg bias = V::load(tile.bias + column);
    if (tile.offsets == nullptr) return V::add(V::load(static_cast<const float*>(tile.sums) + index), bias);
    const Reg sum =
        V::difference(static_cast<const std::int32_t*>(tile.sums) + index, tile.offsets + column);
    const Reg scale = V::mul(V::set(tile.row_scales[row]), V::load(tile.column_scales + column));
    return V::add(V::mul(sum, scale), bias);
  }

  static void finish_columns(const Tile& tile, std::size_t row, std::size_t column) {
    const Reg y = clip::activate<V>(tile.activation, value(tile, row, column));
    const std::size_t place = row * tile.stride + column;
    if (tile.output == Output::elements && tile.element == Element::bf16) {
      return V::store_bf16(static_cast<std::uint16_t*>(tile.destination) + place, y);
    }
    float* floats = static_cast<float*>(tile.destination) + place;
    V::store(floats, tile.output == Output::add_to_floats ? V::add(V::load(floats), y) : y);
  }

  // A panel that is not all of output: the same through a whole one.
  static void finish_part(const Tile& tile) {
    alignas(64) float whole[kTileRows * kPanelColumns];
    const std::size_t size = tile.output == Output::elements ? element_size(tile.element) : sizeof(float);
    char* to = static_cast<char*>(tile.destination);
    char* from = reinterpret_cast<char*>(whole);
    for (std::size_t row = 0; row < tile.rows; ++row) {
      __builtin_memcpy(from + row * kPanelColumns * size, to + row * tile.stride * size,
                       tile.columns * size);
    }
    Tile complete = tile;
    complete.columns = kPanelColumns;
    complete.destination = whole;
    complete.stride = kPanelColumns;
    finish(complete);
    for (std::size_t row = 0; row < tile.rows; ++row) {
      __builtin_memcpy(to + row * tile.stride * size, from + row * kPanelColumns * size,
                       tile.columns * size);
    }
  }

  static void finish(const Tile& tile) {
    if (tile.columns < kPanelColumns) return finish_part(tile);
    for (std::size_t row = 0; row < tile.rows; ++row) {
      for (std::size_t column = 0; column < kPanelColumns; column += kWidth) {
        finish_columns(tile, row, column);
      }
    }
  }

  static Reg load(const void* x, Element element, std::size_t i) {
    if (element == Element::f32) return V::load(static_cast<const float*>(x) + i);
    return V::load_bf16(static_cast<const std::uint16_t*>(x) + i);
  }

  // The last elements, followed by zeros.
  static Reg load_part(const void* x, Element element, std::size_t i, std::size_t count) {
    float part[kWidth] = {};
    const std::size_t size = element_size(element);
    __builtin_memcpy(part, static_cast<const char*>(x) + i * size, (count - i) * size);
    return load(part, element, 0);
  }

  static float quantize(const void* x, Element element, std::size_t count, std::size_t padded,
                        std::uint8_t* bytes) {
    Reg largest = V::set(1e-30F);
    std::size_t i = 0;
    for (; i + kWidth <= count; i += kWidth) largest = V::max(largest, V::absolute(load(x, element, i)));
    if (i < count) largest = V::max(largest, V::absolute(load_part(x, element, i, count)));
    const float top = V::largest(largest);
    const Reg factor = V::set(127.0F / top);
    for (i = 0; i + kWidth <= count; i += kWidth) {
      V::store_offset_bytes(bytes + i, V::mul(load(x, element, i), factor));
    }
    if (i < padded) {
      std::uint8_t last[kWidth];
      for (std::uint8_t& byte : last) byte = static_cast<std::uint8_t>(kByteOffset);
      if (i < count) V::store_offset_bytes(last, V::mul(load_part(x, element, i, count), factor));
      __builtin_memcpy(bytes + i, last, padded - i);
    }
    return top / 127.0F;
  }

  static constexpr RowKernels table() { return {finish, quantize}; }
};

}  // namespace
}  // namespace clipcluster::engines
