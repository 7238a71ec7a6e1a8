// A layer's weights as the panel products read them: one block of memory without pointers, the same on
// every processor, so that it can be kept in a file and mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "clip/engines/panel_products.h"
#include "clipcluster/matrix.h"
#include "clipcluster/status.h"

namespace clipcluster::engines {

class PackedWeights {
 public:
  // weights [outputs, inputs], bias [outputs] or null. int8: each output's weights become whole
  // multiples of a 127th of their largest.
  static PackedWeights pack(Format format, std::size_t inputs, std::size_t outputs, const float* weights,
                            const float* bias);
  // Over a block of another's bytes(), which must outlive this. An error where it is not of this form
  // and these sizes.
  static Result<PackedWeights> over(std::span<const std::byte> block, Format format, std::size_t inputs,
                                    std::size_t outputs);
  // Changes with the form of the block.
  static const char* form() { return "panels-1"; }

  std::span<const std::byte> bytes() const { return block_; }
  std::size_t panels() const { return panels_; }
  // Units along the inputs.
  std::size_t depth() const { return depth_; }
  std::size_t panel_bytes() const { return depth() * kPanelColumns * 4; }
  const std::byte* panel(std::size_t panel) const;
  // kPanelColumns each; scales and offsets for int8 only.
  const float* bias(std::size_t panel) const;
  const float* scales(std::size_t panel) const;
  const std::int32_t* offsets(std::size_t panel) const;

 private:
  PackedWeights(Format format, std::size_t inputs, std::size_t outputs)
      : format_(format),
        inputs_(inputs),
        outputs_(outputs),
        panels_((outputs + kPanelColumns - 1) / kPanelColumns),
        depth_((inputs + inputs_per_unit(format) - 1) / inputs_per_unit(format)) {}
  std::size_t padded() const { return panels() * kPanelColumns; }
  std::size_t panels_at() const;
  std::size_t size() const { return panels_at() + panels() * panel_bytes(); }
  template <class T>
  T* at(std::size_t byte) {
    return reinterpret_cast<T*>(owned_.data() + byte);
  }
  void pack_output(std::size_t output, const float* weights);

  Format format_;
  std::size_t inputs_;
  std::size_t outputs_;
  std::size_t panels_;
  std::size_t depth_;
  Matrix<std::uint8_t> owned_;
  std::span<const std::byte> block_;
};

}  // namespace clipcluster::engines
