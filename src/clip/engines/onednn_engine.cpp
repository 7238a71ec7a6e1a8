// The only file of this room that knows oneDNN.
#include "clip/engines/onednn_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <dnnl.hpp>
#include <utility>

#include "base/one_thread.h"
#include "clip/kernels.h"
#include "clipcluster/matrix.h"

namespace clipcluster::engines {
namespace {

using dnnl::inner_product_forward;
using dnnl::memory;

// 256 columns of ViT-B's weights fit in a core's second-level cache, so that the items of a group
// find them there; and wider products are no faster.
constexpr int kWidestChunk = 256;
constexpr int kChunkUnit = 64;

int chunk_width(int outputs) {
  const int count = (outputs + kWidestChunk - 1) / kWidestChunk;
  const int width = (outputs + count - 1) / count;
  return (width + kChunkUnit - 1) / kChunkUnit * kChunkUnit;
}

dnnl::engine& cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::data_type data_type(Element element) {
  return element == Element::f32 ? memory::data_type::f32 : memory::data_type::bf16;
}

// What one thread needs beside its inputs; grows to the largest layer and stays.
struct ThreadBuffers {
  dnnl::stream stream{cpu()};
  Matrix<std::uint8_t> product;
  Matrix<std::uint8_t> scratchpad;
  Matrix<float> rounded;
};

ThreadBuffers& thread_buffers() {
  thread_local ThreadBuffers buffers;
  return buffers;
}

template <class T>
T* at_least(Matrix<T>& buffer, std::size_t size) {
  if (buffer.size() < size) buffer = Matrix<T>(1, size);
  return buffer.data();
}

dnnl::primitive_attr attributes(Activation activation) {
  dnnl::primitive_attr attributes;
  // The library's own scratchpad may be used by one thread only.
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops operations;
  if (activation == Activation::quick_gelu) {
    operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_swish, 1.702F, 0.0F);
  } else if (activation == Activation::gelu) {
    operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_gelu_erf, 0.0F, 0.0F);
  } else if (activation == Activation::gelu_tanh) {
    operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_gelu_tanh, 0.0F, 0.0F);
  }
  attributes.set_post_ops(operations);
  return attributes;
}

// One column chunk at one row count.
struct Product {
  std::size_t rows = 0;
  dnnl::primitive primitive;
  memory::desc source;
  memory::desc destination;
  memory::desc scratchpad;
};

struct Chunk {
  std::size_t begin = 0;
  std::size_t width = 0;
  memory weights;
  memory bias;
  std::vector<Product> products;  // one for each row count
};

class OnednnLinear : public Linear {
 public:
  OnednnLinear(Element element, bool round_inputs, const LinearSpec& spec)
      : element_(element),
        round_inputs_(round_inputs),
        inputs_(static_cast<std::size_t>(spec.inputs)),
        outputs_(static_cast<std::size_t>(spec.outputs)),
        output_(spec.output) {
    const int width = chunk_width(spec.outputs);
    for (int begin = 0; begin < spec.outputs; begin += width) {
      add_chunk(spec, begin, std::min(width, spec.outputs - begin));
    }
  }

  std::size_t chunks() const override { return chunks_.size(); }

  void run(std::size_t chunk, std::size_t items, std::size_t rows, const void* input,
           void* output) const override {
    const OneThread guard;
    const Chunk& part = chunks_[chunk];
    const auto product = std::find_if(part.products.begin(), part.products.end(),
                                      [&](const Product& p) { return p.rows == rows; });
    assert(product != part.products.end());
    for (std::size_t item = 0; item < items; ++item) run_item(part, *product, item, input, output);
  }

 private:
  Element product_element() const { return output_ == Output::elements ? element_ : Element::f32; }

  void add_chunk(const LinearSpec& spec, int begin, int width) {
    Chunk chunk;
    chunk.begin = static_cast<std::size_t>(begin);
    chunk.width = static_cast<std::size_t>(width);
    memory::desc weights({width, spec.inputs}, data_type(element_), memory::format_tag::any);
    const memory::desc bias({width}, memory::data_type::f32, memory::format_tag::a);
    for (const int rows : spec.row_counts) {
      const memory::desc source({rows, spec.inputs}, data_type(element_), memory::format_tag::ab);
      const memory::desc destination({rows, width}, data_type(product_element()), memory::format_tag::ab);
      const inner_product_forward::desc description(dnnl::prop_kind::forward_inference, source, weights,
                                                    bias, destination);
      const inner_product_forward::primitive_desc plan(description, attributes(spec.activation), cpu());
      // The first row count chooses how weights are packed; the others share that packing.
      weights = plan.weights_desc();
      chunk.products.push_back({static_cast<std::size_t>(rows), inner_product_forward(plan), source,
                                destination, plan.scratchpad_desc()});
    }
    pack_weights(spec, chunk, weights);
    chunk.bias = memory(bias, cpu());
    auto* values = static_cast<float*>(chunk.bias.get_data_handle());
    for (int i = 0; i < width; ++i) values[i] = spec.bias == nullptr ? 0.0F : spec.bias[begin + i];
    chunks_.push_back(std::move(chunk));
  }

  void pack_weights(const LinearSpec& spec, Chunk& chunk, const memory::desc& packed) const {
    Matrix<float> plain(chunk.width, inputs_);
    std::memcpy(plain.data(), spec.weights + chunk.begin * inputs_, plain.size() * sizeof(float));
    if (round_inputs_) clip::kernels().round_to_bf16(plain.data(), plain.size(), plain.data());
    const memory::dims dims = {static_cast<memory::dim>(chunk.width), spec.inputs};
    memory source({dims, memory::data_type::f32, memory::format_tag::ab}, cpu(), plain.data());
    chunk.weights = memory(packed, cpu());
    dnnl::stream stream(cpu());
    dnnl::reorder(source, chunk.weights).execute(stream, source, chunk.weights);
    stream.wait();
  }

  void run_item(const Chunk& chunk, const Product& product, std::size_t item, const void* input,
                void* output) const {
    ThreadBuffers& buffers = thread_buffers();
    const std::size_t input_size = product.rows * inputs_;
    const void* source =
        static_cast<const std::uint8_t*>(input) + item * input_size * element_size(element_);
    if (round_inputs_) {
      float* rounded = at_least(buffers.rounded, input_size);
      clip::kernels().round_to_bf16(static_cast<const float*>(source), input_size, rounded);
      source = rounded;
    }
    void* result = at_least(buffers.product, product.rows * chunk.width * element_size(product_element()));
    void* scratchpad = at_least(buffers.scratchpad, product.scratchpad.get_size());
    product.primitive.execute(buffers.stream,
                              {{DNNL_ARG_SRC, memory(product.source, cpu(), const_cast<void*>(source))},
                               {DNNL_ARG_WEIGHTS, chunk.weights},
                               {DNNL_ARG_BIAS, chunk.bias},
                               {DNNL_ARG_DST, memory(product.destination, cpu(), result)},
                               {DNNL_ARG_SCRATCHPAD, memory(product.scratchpad, cpu(), scratchpad)}});
    deliver(chunk, product.rows, result, item, output);
  }

  // oneDNN's fast products write gapless matrices only, so the chunk's columns go to their place here,
  // out of the first-level cache.
  void deliver(const Chunk& chunk, std::size_t rows, const void* result, std::size_t item,
               void* output) const {
    const std::size_t size = element_size(product_element());
    for (std::size_t row = 0; row < rows; ++row) {
      const auto* from = static_cast<const std::uint8_t*>(result) + row * chunk.width * size;
      auto* to = static_cast<std::uint8_t*>(output) + ((item * rows + row) * outputs_ + chunk.begin) * size;
      if (output_ == Output::add_to_floats) {
        clip::kernels().add(reinterpret_cast<const float*>(from), chunk.width,
                            reinterpret_cast<float*>(to));
      } else {
        std::memcpy(to, from, chunk.width * size);
      }
    }
  }

  Element element_;
  bool round_inputs_;
  std::size_t inputs_;
  std::size_t outputs_;
  Output output_;
  std::vector<Chunk> chunks_;
};

class OnednnEngine : public Engine {
 public:
  OnednnEngine(Element element, bool round_inputs) : element_(element), round_inputs_(round_inputs) {}
  Element element() const override { return element_; }
  Result<std::unique_ptr<Linear>> make_linear(const LinearSpec& spec) const override {
    const OneThread guard;
    try {
      return std::unique_ptr<Linear>(std::make_unique<OnednnLinear>(element_, round_inputs_, spec));
    } catch (const dnnl::error& error) {
      return Status::internal(fmt::format("oneDNN cannot multiply by {} x {} weights: {}", spec.outputs,
                                          spec.inputs, error.what()));
    } catch (const std::bad_alloc&) {
      return Status::resource_limit("there is not enough memory for the model's weights");
    }
  }

 private:
  Element element_;
  bool round_inputs_;
};

bool has_bf16_products() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  return isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx;
}

}  // namespace

bool onednn_has_bf16_tiles() { return dnnl::get_effective_cpu_isa() == dnnl::cpu_isa::avx512_core_amx; }

Result<std::unique_ptr<Engine>> make_onednn_engine(Precision precision) {
  assert(precision == Precision::f32 || precision == Precision::bf16);
  const bool bf16 = precision == Precision::bf16;
  try {
    cpu();
    const bool hardware = bf16 && has_bf16_products();
    return std::unique_ptr<Engine>(
        std::make_unique<OnednnEngine>(hardware ? Element::bf16 : Element::f32, bf16 && !hardware));
  } catch (const dnnl::error& error) {
    return Status::internal(fmt::format("oneDNN does not start: {}", error.what()));
  }
}

}  // namespace clipcluster::engines
