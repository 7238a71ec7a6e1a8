#include "clip/transformer.h"

#include <fmt/format.h>

#include "clip/attention.h"
#include "clip/dense_layer.h"
#include "clip/elements.h"
#include "clip/kernels.h"
#include "clipcluster/parallel.h"

namespace clipcluster::clip {
namespace {

constexpr std::size_t kRowGrain = 16;

Status append(const Checkpoint& checkpoint, const std::string& name, std::int64_t outputs,
              std::int64_t inputs, DenseWeights& weights) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto matrix, checkpoint.read(name + ".weight", {outputs, inputs}));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto bias, checkpoint.read(name + ".bias", {outputs}));
  weights.matrix.insert(weights.matrix.end(), matrix.begin(), matrix.end());
  weights.bias.insert(weights.bias.end(), bias.begin(), bias.end());
  return {};
}

// One layer from one or several tensors, whose outputs lie side by side.
Result<std::unique_ptr<engines::Linear>> load_linear(const Checkpoint& checkpoint,
                                                     const std::vector<std::string>& names, int outputs,
                                                     engines::LinearSpec spec,
                                                     const engines::Engine& engine) {
  spec.outputs = outputs * static_cast<int>(names.size());
  return load_dense_layer(checkpoint, engine, names.front(), spec, [&]() -> Result<DenseWeights> {
    DenseWeights weights;
    for (const std::string& name : names) {
      CLIPCLUSTER_RETURN_IF_ERROR(append(checkpoint, name, outputs, spec.inputs, weights));
    }
    return weights;
  });
}

}  // namespace

Result<LayerNorm> read_layer_norm(const Checkpoint& checkpoint, const std::string& name, int width,
                                  float eps) {
  LayerNorm norm;
  CLIPCLUSTER_ASSIGN_OR_RETURN(norm.gamma, checkpoint.read(name + ".weight", {width}));
  CLIPCLUSTER_ASSIGN_OR_RETURN(norm.beta, checkpoint.read(name + ".bias", {width}));
  norm.eps = eps;
  return norm;
}

void run_linear(const engines::Linear& linear, std::size_t items, std::size_t rows, const void* input,
                void* output) {
  const std::size_t row_size = linear.prepared_row_size();
  if (row_size > 0) {
    const std::size_t input_size = linear.input_row_size();
    thread_local Matrix<std::uint8_t> buffer;
    std::uint8_t* prepared = reserve(buffer, items * rows * row_size);
    parallel_for(items * rows, kRowGrain, [&](std::size_t begin, std::size_t end) {
      linear.prepare(end - begin, static_cast<const std::uint8_t*>(input) + begin * input_size,
                     prepared + begin * row_size);
    });
    input = prepared;
  }
  parallel_for(linear.chunks(), 1,
               [&](std::size_t chunk, std::size_t) { linear.run(chunk, items, rows, input, output); });
}

Result<Transformer> Transformer::load(const Checkpoint& checkpoint, const std::string& prefix,
                                      const TowerConfig& config, const std::vector<int>& row_counts,
                                      bool causal, const engines::Engine& engine) {
  Transformer transformer;
  transformer.width_ = static_cast<std::size_t>(config.hidden_size);
  transformer.hidden_width_ = static_cast<std::size_t>(config.intermediate_size);
  transformer.heads_ = static_cast<std::size_t>(config.num_attention_heads);
  transformer.causal_ = causal;
  transformer.element_ = engine.element();
  for (int i = 0; i < config.num_hidden_layers; ++i) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(Layer layer, load_layer(checkpoint, fmt::format("{}.layers.{}", prefix, i),
                                                         config, row_counts, engine));
    transformer.layers_.push_back(std::move(layer));
  }
  return transformer;
}

Result<Transformer::Layer> Transformer::load_layer(const Checkpoint& checkpoint, const std::string& name,
                                                   const TowerConfig& config,
                                                   const std::vector<int>& row_counts,
                                                   const engines::Engine& engine) {
  using engines::Output;
  const int width = config.hidden_size;
  const int hidden = config.intermediate_size;
  const std::string attention = name + ".self_attn.";
  engines::LinearSpec spec;
  spec.row_counts = row_counts;
  Layer layer;
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      layer.norm1, read_layer_norm(checkpoint, name + ".layer_norm1", width, config.layer_norm_eps));
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      layer.norm2, read_layer_norm(checkpoint, name + ".layer_norm2", width, config.layer_norm_eps));
  spec.inputs = width;
  spec.output = Output::floats;
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      layer.queries_keys_values,
      load_linear(checkpoint, {attention + "q_proj", attention + "k_proj", attention + "v_proj"}, width,
                  spec, engine));
  spec.output = Output::add_to_floats;
  CLIPCLUSTER_ASSIGN_OR_RETURN(layer.attention_output,
                               load_linear(checkpoint, {attention + "out_proj"}, width, spec, engine));
  spec.output = Output::elements;
  spec.activation = config.hidden_act;
  CLIPCLUSTER_ASSIGN_OR_RETURN(layer.expand,
                               load_linear(checkpoint, {name + ".mlp.fc1"}, hidden, spec, engine));
  spec.inputs = hidden;
  spec.output = Output::add_to_floats;
  spec.activation = engines::Activation::none;
  CLIPCLUSTER_ASSIGN_OR_RETURN(layer.contract,
                               load_linear(checkpoint, {name + ".mlp.fc2"}, width, spec, engine));
  return layer;
}

void Transformer::run(std::size_t items, std::size_t tokens, Workspace& workspace) const {
  const std::size_t rows = items * tokens;
  const std::size_t size = engines::element_size(element_);
  float* stream = workspace.stream.data();
  auto* elements = reserve(workspace.elements, rows * width_ * size);
  auto* hidden = reserve(workspace.hidden, rows * hidden_width_ * size);
  float* queries_keys_values = reserve(workspace.queries_keys_values, rows * 3 * width_);
  for (const Layer& layer : layers_) {
    normalize(layer.norm1, rows, workspace);
    run_linear(*layer.queries_keys_values, items, tokens, elements, queries_keys_values);
    attend_all(items, tokens, workspace);
    run_linear(*layer.attention_output, items, tokens, elements, stream);
    normalize(layer.norm2, rows, workspace);
    run_linear(*layer.expand, items, tokens, elements, hidden);
    run_linear(*layer.contract, items, tokens, hidden, stream);
  }
}

void Transformer::normalize(const LayerNorm& norm, std::size_t rows, Workspace& workspace) const {
  parallel_for(rows, kRowGrain, [&](std::size_t begin, std::size_t end) {
    thread_local MatrixF buffer;
    float* normalized = reserve(buffer, width_);
    for (std::size_t row = begin; row < end; ++row) {
      kernels().layer_norm(workspace.stream.data() + row * width_, width_, norm.gamma.data(),
                           norm.beta.data(), norm.eps, normalized);
      store_elements(normalized, width_, element_, workspace.elements.data(), row * width_);
    }
  });
}

void Transformer::attend_all(std::size_t items, std::size_t tokens, Workspace& workspace) const {
  const AttentionShape shape = {tokens, heads_, width_ / heads_, causal_};
  const std::size_t item_bytes = tokens * width_ * engines::element_size(element_);
  parallel_for(items * heads_, 1, [&](std::size_t index, std::size_t) {
    const std::size_t item = index / heads_;
    attend(shape, index % heads_, workspace.queries_keys_values.data() + item * tokens * 3 * width_,
           element_, workspace.elements.data() + item * item_bytes);
  });
}

}  // namespace clipcluster::clip
