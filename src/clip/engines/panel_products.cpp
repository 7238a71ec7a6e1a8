#include "clip/engines/panel_products.h"

#include <cstring>

#include "clipcluster/cpu.h"

namespace clipcluster::engines {

void panel_product_scalar_f32(const void* inputs, std::size_t stride, const void* panel, std::size_t depth,
                              std::size_t rows, void* sums) {
  const auto* weights = static_cast<const float*>(panel);
  for (std::size_t row = 0; row < rows; ++row) {
    float* sum = static_cast<float*>(sums) + row * kPanelColumns;
    std::memset(sum, 0, kPanelColumns * sizeof(float));
    for (std::size_t step = 0; step < depth; ++step) {
      float input = 0.0F;
      std::memcpy(&input, static_cast<const char*>(inputs) + row * stride + step * 4, sizeof input);
      for (std::size_t j = 0; j < kPanelColumns; ++j) sum[j] += input * weights[step * kPanelColumns + j];
    }
  }
}

void panel_product_scalar_int8(const void* inputs, std::size_t stride, const void* panel, std::size_t depth,
                               std::size_t rows, void* sums) {
  const auto* weights = static_cast<const std::int8_t*>(panel);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint8_t* input = static_cast<const std::uint8_t*>(inputs) + row * stride;
    auto* sum = static_cast<std::int32_t*>(sums) + row * kPanelColumns;
    std::memset(sum, 0, kPanelColumns * sizeof(std::int32_t));
    for (std::size_t step = 0; step < depth; ++step) {
      for (std::size_t j = 0; j < kPanelColumns; ++j) {
        const std::int8_t* unit = weights + (step * kPanelColumns + j) * 4;
        for (std::size_t byte = 0; byte < 4; ++byte) sum[j] += input[step * 4 + byte] * unit[byte];
      }
    }
  }
}

namespace {

#if CLIPCLUSTER_SIMD && defined(__x86_64__)
bool has_bf16() {
  static const bool offered = __builtin_cpu_supports("avx512bf16");
  return offered;
}
bool has_vnni() {
  static const bool offered = __builtin_cpu_supports("avx512vnni");
  return offered;
}
#endif

}  // namespace

PanelProduct panel_product(Format format) {
#if CLIPCLUSTER_SIMD && defined(__x86_64__)
  const InstructionSet set = instruction_set();
  const bool avx512 = set == InstructionSet::avx512;
  const bool avx2 = set >= InstructionSet::avx2;
  if (format == Format::bf16) return avx512 && has_bf16() ? panel_product_avx512_bf16 : nullptr;
  if (format == Format::int8) {
    if (avx512 && has_vnni()) return panel_product_avx512_vnni;
    return avx2 ? panel_product_avx2_int8 : panel_product_scalar_int8;
  }
  if (avx512) return panel_product_avx512_f32;
  return avx2 ? panel_product_avx2_f32 : panel_product_scalar_f32;
#else
  if (format == Format::bf16) return nullptr;
  return format == Format::int8 ? panel_product_scalar_int8 : panel_product_scalar_f32;
#endif
}

}  // namespace clipcluster::engines
