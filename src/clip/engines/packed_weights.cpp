#include "clip/engines/packed_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/half.h"
#include "clip/engines/row_kernels.h"
#include "clipcluster/parallel.h"

namespace clipcluster::engines {
namespace {

// The block: header; bias, scales and offsets, each one number for each output of the panels; panels.
struct Header {
  std::array<char, 16> form = {};
  std::uint32_t format = 0;
  std::uint32_t panel_columns = kPanelColumns;
  std::uint64_t inputs = 0;
  std::uint64_t outputs = 0;
  std::array<std::uint8_t, 24> reserved = {};
};
static_assert(sizeof(Header) == 64);

Header header_of(Format format, std::size_t inputs, std::size_t outputs) {
  Header header;
  const char* form = PackedWeights::form();
  std::copy(form, form + std::strlen(form), header.form.begin());
  header.format = static_cast<std::uint32_t>(format);
  header.inputs = inputs;
  header.outputs = outputs;
  return header;
}

}  // namespace

// kPanelColumns numbers of 4 bytes are two cache lines, so that everything stays aligned.
std::size_t PackedWeights::panels_at() const { return sizeof(Header) + 3 * 4 * padded(); }

const std::byte* PackedWeights::panel(std::size_t panel) const {
  return block_.data() + panels_at() + panel * panel_bytes();
}
const float* PackedWeights::bias(std::size_t panel) const {
  return reinterpret_cast<const float*>(block_.data() + sizeof(Header)) + panel * kPanelColumns;
}
const float* PackedWeights::scales(std::size_t panel) const { return bias(panel) + padded(); }
const std::int32_t* PackedWeights::offsets(std::size_t panel) const {
  return reinterpret_cast<const std::int32_t*>(block_.data() + sizeof(Header)) + 2 * padded() +
         panel * kPanelColumns;
}

void PackedWeights::pack_output(std::size_t output, const float* weights) {
  const std::size_t unit = inputs_per_unit(format_);
  const std::size_t column = output % kPanelColumns;
  const std::size_t panel = panels_at() + output / kPanelColumns * panel_bytes();
  const auto place = [&](std::size_t input) {
    return panel + (input / unit * kPanelColumns + column) * 4 + input % unit * (4 / unit);
  };
  if (format_ == Format::f32) {
    for (std::size_t i = 0; i < inputs_; ++i) *at<float>(place(i)) = weights[i];
    return;
  }
  if (format_ == Format::bf16) {
    for (std::size_t i = 0; i < inputs_; ++i) {
      *at<std::uint16_t>(place(i)) = internal::bf16_from_float(weights[i]);
    }
    return;
  }
  float largest = 1e-30F;
  for (std::size_t i = 0; i < inputs_; ++i) largest = std::max(largest, std::abs(weights[i]));
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < inputs_; ++i) {
    const auto q = static_cast<std::int8_t>(std::nearbyint(weights[i] * (127.0F / largest)));
    *at<std::int8_t>(place(i)) = q;
    sum += q;
  }
  at<float>(sizeof(Header))[padded() + output] = largest / 127.0F;
  at<std::int32_t>(sizeof(Header))[2 * padded() + output] = sum * kByteOffset;
}

PackedWeights PackedWeights::pack(Format format, std::size_t inputs, std::size_t outputs,
                                  const float* weights, const float* bias) {
  PackedWeights packed(format, inputs, outputs);
  packed.owned_ = Matrix<std::uint8_t>(1, packed.size());
  const Header header = header_of(format, inputs, outputs);
  std::memcpy(packed.owned_.data(), &header, sizeof header);
  if (bias != nullptr) std::memcpy(packed.at<float>(sizeof header), bias, outputs * sizeof(float));
  parallel_for(outputs, kPanelColumns, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) packed.pack_output(i, weights + i * inputs);
  });
  packed.block_ = std::as_bytes(std::span(packed.owned_.data(), packed.owned_.size()));
  return packed;
}

Result<PackedWeights> PackedWeights::over(std::span<const std::byte> block, Format format,
                                          std::size_t inputs, std::size_t outputs) {
  PackedWeights packed(format, inputs, outputs);
  const Header header = header_of(format, inputs, outputs);
  const bool aligned = reinterpret_cast<std::uintptr_t>(block.data()) % 64 == 0;
  if (!aligned || block.size() != packed.size() || std::memcmp(block.data(), &header, sizeof header) != 0) {
    return Status::invalid_argument(
        fmt::format("a block of {} bytes does not hold packed weights of {} outputs and {} inputs",
                    block.size(), outputs, inputs));
  }
  packed.block_ = block;
  return packed;
}

}  // namespace clipcluster::engines
