// Products of a few rows with one panel of packed weights, the inner loop of every dense layer.
//
// Weights lie in panels of kPanelColumns outputs. A panel is a sequence of steps; a step holds, for
// each output, one unit of 32 bits: one float, two bf16 or four int8 along the inputs. Rows of inputs
// are sequences of such units too. So all formats share one loop (after Goto and van de Geijn, "Anatomy
// of high-performance matrix multiplication", 2008), with the multiply-add of their own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clipcluster::engines {

constexpr std::size_t kPanelColumns = 32;
// 12 rows by two registers of 16 columns leave eight of AVX-512's 32 registers for the factors.
constexpr std::size_t kTileRows = 12;

enum class Format : std::uint32_t { f32 = 0, bf16 = 1, int8 = 2 };
// Inputs in one unit.
constexpr std::size_t inputs_per_unit(Format format) { return std::size_t{1} << static_cast<int>(format); }

// sums[rows, kPanelColumns] = inputs[rows, depth] times the panel; floats, or int32 for int8 (unsigned
// inputs, signed weights, exact as long as they stay below 2^31). `stride` bytes from one row to the next;
// rows <= kTileRows. The order in which an output is summed does not depend on `rows`.
using PanelProduct = void (*)(const void* inputs, std::size_t stride, const void* panel, std::size_t depth,
                              std::size_t rows, void* sums);

// For the current instruction set and this processor; null where it cannot multiply bf16.
PanelProduct panel_product(Format format);

void panel_product_scalar_f32(const void*, std::size_t, const void*, std::size_t, std::size_t, void*);
void panel_product_scalar_int8(const void*, std::size_t, const void*, std::size_t, std::size_t, void*);
void panel_product_avx2_f32(const void*, std::size_t, const void*, std::size_t, std::size_t, void*);
void panel_product_avx2_int8(const void*, std::size_t, const void*, std::size_t, std::size_t, void*);
void panel_product_avx512_f32(const void*, std::size_t, const void*, std::size_t, std::size_t, void*);
void panel_product_avx512_bf16(const void*, std::size_t, const void*, std::size_t, std::size_t, void*);
void panel_product_avx512_vnni(const void*, std::size_t, const void*, std::size_t, std::size_t, void*);

}  // namespace clipcluster::engines
