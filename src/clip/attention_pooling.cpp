#include "clip/attention_pooling.h"

#include <cmath>
#include <cstring>

#include "clip/dense_layer.h"
#include "clip/kernels.h"
#include "clip/unit_length.h"
#include "clipcluster/parallel.h"

namespace clipcluster::clip {
namespace {

std::size_t padded(std::size_t size) { return (size + kColumnUnit - 1) / kColumnUnit * kColumnUnit; }

Result<std::unique_ptr<engines::Linear>> load_row_linear(const Checkpoint& checkpoint,
                                                         const std::string& name, int inputs, int outputs,
                                                         engines::Activation activation,
                                                         engines::Output output) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto engine, engines::make_engine(Precision::f32));
  engines::LinearSpec spec;
  spec.row_counts = {1};
  spec.inputs = inputs;
  spec.outputs = outputs;
  spec.activation = activation;
  spec.output = output;
  return load_dense_layer(checkpoint, *engine, name, spec, [&]() -> Result<DenseWeights> {
    DenseWeights weights;
    CLIPCLUSTER_ASSIGN_OR_RETURN(weights.matrix, checkpoint.read(name + ".weight", {outputs, inputs}));
    CLIPCLUSTER_ASSIGN_OR_RETURN(weights.bias, checkpoint.read(name + ".bias", {outputs}));
    return weights;
  });
}

}  // namespace

// Buffers of one item on one thread.
struct AttentionPooling::Scratch {
  MatrixF tokens;           // [tokens, padded width], normalised
  MatrixF scores_by_token;  // [tokens, padded heads]
  MatrixF scores;           // [heads, padded tokens]
  MatrixF means;            // [heads, padded width]: each head's weighted mean of the tokens
  MatrixF values;           // [1, padded head width]
};

Result<AttentionPooling> AttentionPooling::load(const Checkpoint& checkpoint, const std::string& norm_name,
                                                const std::string& head_name, const TowerConfig& config) {
  AttentionPooling pooling;
  pooling.width_ = static_cast<std::size_t>(config.hidden_size);
  pooling.heads_ = static_cast<std::size_t>(config.num_attention_heads);
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      pooling.token_norm_,
      read_layer_norm(checkpoint, norm_name, config.hidden_size, config.layer_norm_eps));
  CLIPCLUSTER_RETURN_IF_ERROR(pooling.load_attention(checkpoint, head_name));
  CLIPCLUSTER_RETURN_IF_ERROR(pooling.load_network(checkpoint, head_name, config));
  return pooling;
}

Status AttentionPooling::load_attention(const Checkpoint& checkpoint, const std::string& name) {
  const auto width = static_cast<std::int64_t>(width_);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto probe, checkpoint.read(name + ".probe", {1, 1, width}));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto weights,
                               checkpoint.read(name + ".attention.in_proj_weight", {3 * width, width}));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto bias,
                               checkpoint.read(name + ".attention.in_proj_bias", {3 * width}));
  fold_probe(probe, weights, bias);
  split_values(weights);
  value_bias_.assign(bias.end() - width, bias.end());
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      attention_output_,
      load_row_linear(checkpoint, name + ".attention.out_proj", static_cast<int>(width),
                      static_cast<int>(width), engines::Activation::none, engines::Output::floats));
  return {};
}

// The probe is the same for every image, and so is its query. A token's score query . (K x + b) is then
// (K^T query) . x plus a constant, which softmax does not see: keys need never be worked out.
void AttentionPooling::fold_probe(const std::vector<float>& probe, const std::vector<float>& weights,
                                  const std::vector<float>& bias) {
  const std::size_t columns = padded(heads_);
  const std::size_t head_width = width_ / heads_;
  std::vector<double> folded(width_ * columns);
  for (std::size_t row = 0; row < width_; ++row) {
    double query = bias[row];
    for (std::size_t i = 0; i < width_; ++i) {
      query += static_cast<double>(weights[row * width_ + i]) * probe[i];
    }
    const float* key = weights.data() + (width_ + row) * width_;
    for (std::size_t i = 0; i < width_; ++i) folded[i * columns + row / head_width] += query * key[i];
  }
  score_weights_.assign(folded.begin(), folded.end());
}

// The weighted sum of values is the value of the weighted sum, as the weights add up to one: one row a
// head goes through its part of the value weights, not every token.
void AttentionPooling::split_values(const std::vector<float>& weights) {
  const std::size_t head_width = width_ / heads_;
  const std::size_t columns = padded(head_width);
  value_weights_.assign(heads_ * width_ * columns, 0.0F);
  for (std::size_t row = 0; row < width_; ++row) {
    const float* value = weights.data() + (2 * width_ + row) * width_;
    float* head = value_weights_.data() + row / head_width * width_ * columns + row % head_width;
    for (std::size_t i = 0; i < width_; ++i) head[i * columns] = value[i];
  }
}

Status AttentionPooling::load_network(const Checkpoint& checkpoint, const std::string& name,
                                      const TowerConfig& config) {
  using engines::Activation;
  using engines::Output;
  const int width = config.hidden_size;
  const int hidden = config.intermediate_size;
  hidden_width_ = static_cast<std::size_t>(hidden);
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      network_norm_, read_layer_norm(checkpoint, name + ".layernorm", width, config.layer_norm_eps));
  CLIPCLUSTER_ASSIGN_OR_RETURN(expand_, load_row_linear(checkpoint, name + ".mlp.fc1", width, hidden,
                                                        config.hidden_act, Output::floats));
  CLIPCLUSTER_ASSIGN_OR_RETURN(contract_, load_row_linear(checkpoint, name + ".mlp.fc2", hidden, width,
                                                          Activation::none, Output::add_to_floats));
  return {};
}

void AttentionPooling::attend(const float* stream, std::size_t tokens, float* attended) const {
  thread_local Scratch scratch;
  const Kernels& kernel = kernels();
  const std::size_t head_width = width_ / heads_;
  const std::size_t row_size = padded(width_);
  const std::size_t head_columns = padded(heads_);
  const std::size_t token_columns = padded(tokens);
  const std::size_t value_columns = padded(head_width);
  float* normalized = reserve(scratch.tokens, tokens * row_size);
  for (std::size_t token = 0; token < tokens; ++token) {
    float* row = normalized + token * row_size;
    kernel.layer_norm(stream + token * width_, width_, token_norm_.gamma.data(), token_norm_.beta.data(),
                      token_norm_.eps, row);
    std::memset(row + width_, 0, (row_size - width_) * sizeof(float));
  }
  float* by_token = reserve(scratch.scores_by_token, tokens * head_columns);
  kernel.product(normalized, row_size, score_weights_.data(), head_columns, by_token, head_columns, tokens,
                 head_columns, width_);
  float* scores = reserve(scratch.scores, heads_ * token_columns);
  const float scale = 1.0F / std::sqrt(static_cast<float>(head_width));
  for (std::size_t head = 0; head < heads_; ++head) {
    float* row = scores + head * token_columns;
    for (std::size_t token = 0; token < tokens; ++token) row[token] = by_token[token * head_columns + head];
    kernel.softmax(row, tokens, token_columns, scale);
  }
  float* means = reserve(scratch.means, heads_ * row_size);
  kernel.product(scores, token_columns, normalized, row_size, means, row_size, heads_, row_size, tokens);
  float* values = reserve(scratch.values, value_columns);
  std::memcpy(attended, value_bias_.data(), width_ * sizeof(float));
  for (std::size_t head = 0; head < heads_; ++head) {
    kernel.product(means + head * row_size, row_size, value_weights_.data() + head * width_ * value_columns,
                   value_columns, values, value_columns, 1, value_columns, width_);
    kernel.add(values, head_width, attended + head * head_width);
  }
}

void AttentionPooling::run(std::size_t items, std::size_t tokens, Workspace& workspace) const {
  const std::size_t size = items * width_;
  float* attended = reserve(workspace.pooled, size);
  float* projected = reserve(workspace.projected, size);
  const float* stream = workspace.stream.data();
  parallel_for(items, 1, [&](std::size_t item, std::size_t) {
    attend(stream + item * tokens * width_, tokens, attended + item * width_);
  });
  run_linear(*attention_output_, items, 1, attended, projected);
  for (std::size_t item = 0; item < items; ++item) {
    kernels().layer_norm(projected + item * width_, width_, network_norm_.gamma.data(),
                         network_norm_.beta.data(), network_norm_.eps, attended + item * width_);
  }
  auto* hidden = reserve(workspace.hidden, items * hidden_width_ * sizeof(float));
  run_linear(*expand_, items, 1, attended, hidden);
  run_linear(*contract_, items, 1, hidden, projected);
  for (std::size_t item = 0; item < items; ++item) scale_to_unit_length(projected + item * width_, width_);
}

}  // namespace clipcluster::clip
