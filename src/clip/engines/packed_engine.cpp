#include "clip/engines/packed_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "clip/engines/packed_weights.h"
#include "clip/engines/row_kernels.h"

namespace clipcluster::engines {
namespace {

// A chunk's panels stay in the second-level cache while the rows pass: at most this many bytes.
constexpr std::size_t kChunkBytes = 400 * 1024;
// More panels save little traffic of the rows, and leave the threads fewer chunks to share.
constexpr std::size_t kChunkPanels = 4;

class PackedLinear : public Linear {
 public:
  PackedLinear(Format format, Element element, const LinearSpec& spec, PackedWeights weights)
      : format_(format),
        element_(element),
        inputs_(static_cast<std::size_t>(spec.inputs)),
        outputs_(static_cast<std::size_t>(spec.outputs)),
        activation_(spec.activation),
        output_(spec.output),
        weights_(std::move(weights)),
        chunk_panels_(std::clamp<std::size_t>(kChunkBytes / weights_.panel_bytes(), 1, kChunkPanels)),
        product_(panel_product(format)),
        kernels_(row_kernels(instruction_set())) {}

  std::size_t chunks() const override { return (weights_.panels() + chunk_panels_ - 1) / chunk_panels_; }
  std::span<const std::byte> packed() const override { return weights_.bytes(); }

  // Bytes followed by their scale; or pairs of bf16, the last one filled up.
  std::size_t prepared_row_size() const override {
    if (format_ == Format::int8) return weights_.depth() * 4 + sizeof(float);
    return weights_.depth() * 4 == input_row_size() ? 0 : weights_.depth() * 4;
  }
  std::size_t input_row_size() const override { return inputs_ * element_size(element_); }

  void prepare(std::size_t rows, const void* input, void* prepared) const override {
    const std::size_t bytes = weights_.depth() * 4;
    for (std::size_t row = 0; row < rows; ++row) {
      const auto* from = static_cast<const std::uint8_t*>(input) + row * input_row_size();
      auto* to = static_cast<std::uint8_t*>(prepared) + row * prepared_row_size();
      if (format_ == Format::int8) {
        const float scale = kernels_.quantize(from, element_, inputs_, bytes, to);
        std::memcpy(to + bytes, &scale, sizeof scale);
      } else {
        std::memcpy(to, from, input_row_size());
        std::memset(to + input_row_size(), 0, bytes - input_row_size());
      }
    }
  }

  void run(std::size_t chunk, std::size_t items, std::size_t rows, const void* input,
           void* output) const override {
    const std::size_t end = std::min((chunk + 1) * chunk_panels_, weights_.panels());
    // Tiles of nearly equal heights: a tile of few rows takes longer for each of them.
    const std::size_t all = items * rows;
    const std::size_t tiles = (all + kTileRows - 1) / kTileRows;
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      const std::size_t row = tile * all / tiles;
      const std::size_t count = (tile + 1) * all / tiles - row;
      for (std::size_t panel = chunk * chunk_panels_; panel < end; ++panel) {
        run_tile(panel, row, count, static_cast<const char*>(input), static_cast<char*>(output));
      }
    }
  }

 private:
  std::size_t input_stride() const {
    const std::size_t prepared = prepared_row_size();
    return prepared > 0 ? prepared : input_row_size();
  }
  std::size_t output_size() const {
    return output_ == Output::elements ? element_size(element_) : sizeof(float);
  }

  void run_tile(std::size_t panel, std::size_t row, std::size_t rows, const char* input,
                char* output) const {
    alignas(64) std::int32_t sums[kTileRows * kPanelColumns];
    float row_scales[kTileRows];
    const char* from = input + row * input_stride();
    product_(from, input_stride(), weights_.panel(panel), weights_.depth(), rows, sums);
    const std::size_t column = panel * kPanelColumns;
    Tile tile;
    tile.sums = sums;
    tile.rows = rows;
    tile.columns = std::min(kPanelColumns, outputs_ - column);
    tile.bias = weights_.bias(panel);
    if (format_ == Format::int8) {
      for (std::size_t i = 0; i < rows; ++i) {
        std::memcpy(row_scales + i, from + i * input_stride() + weights_.depth() * 4, sizeof(float));
      }
      tile.offsets = weights_.offsets(panel);
      tile.column_scales = weights_.scales(panel);
      tile.row_scales = row_scales;
    }
    tile.activation = activation_;
    tile.output = output_;
    tile.element = element_;
    tile.destination = output + (row * outputs_ + column) * output_size();
    tile.stride = outputs_;
    kernels_.finish(tile);
  }

  Format format_;
  Element element_;
  std::size_t inputs_;
  std::size_t outputs_;
  Activation activation_;
  Output output_;
  PackedWeights weights_;
  std::size_t chunk_panels_;
  PanelProduct product_;
  const RowKernels& kernels_;
};

bool has_bf16() { return panel_product(Format::bf16) != nullptr; }

class PackedEngine : public Engine {
 public:
  PackedEngine(Format format, Element element) : format_(format), element_(element) {}
  Element element() const override { return element_; }
  std::string packing() const override {
    return fmt::format("{}-{}-{}", PackedWeights::form(), static_cast<int>(format_),
                       static_cast<int>(element_));
  }

  Result<std::unique_ptr<Linear>> make_linear(const LinearSpec& spec) const override {
    const auto inputs = static_cast<std::size_t>(spec.inputs);
    const auto outputs = static_cast<std::size_t>(spec.outputs);
    try {
      if (spec.packed.empty()) {
        return linear(spec, PackedWeights::pack(format_, inputs, outputs, spec.weights, spec.bias));
      }
      CLIPCLUSTER_ASSIGN_OR_RETURN(PackedWeights weights,
                                   PackedWeights::over(spec.packed, format_, inputs, outputs));
      return linear(spec, std::move(weights));
    } catch (const std::bad_alloc&) {
      return Status::resource_limit("there is not enough memory for the model's weights");
    }
  }

 private:
  std::unique_ptr<Linear> linear(const LinearSpec& spec, PackedWeights weights) const {
    return std::make_unique<PackedLinear>(format_, element_, spec, std::move(weights));
  }

  Format format_;
  Element element_;
};

}  // namespace

bool has_packed_engine(Precision precision) {
  if (precision == Precision::bf16) return has_bf16();
  return precision == Precision::int8 || instruction_set() >= InstructionSet::avx2;
}

std::unique_ptr<Engine> make_packed_engine(Precision precision) {
  if (precision == Precision::f32) return std::make_unique<PackedEngine>(Format::f32, Element::f32);
  assert(precision == Precision::int8 || has_bf16());
  const Format format = precision == Precision::int8 ? Format::int8 : Format::bf16;
  return std::make_unique<PackedEngine>(format, has_bf16() ? Element::bf16 : Element::f32);
}

}  // namespace clipcluster::engines
