// The encoder that both towers share: pre-norm transformer layers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "clip/checkpoint.h"
#include "clip/config.h"
#include "clip/engines/engine.h"
#include "clipcluster/matrix.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

struct LayerNorm {
  std::vector<float> gamma;
  std::vector<float> beta;
  float eps = 1e-5F;
};

// `name`.weight and `name`.bias.
Result<LayerNorm> read_layer_norm(const Checkpoint& checkpoint, const std::string& name, int width,
                                  float eps);

// Buffers of one group of items; they keep their size from group to group.
struct Workspace {
  Matrix<std::uint8_t> elements;  // inputs of products: patches, normalised rows, attention's results
  Matrix<std::uint8_t> hidden;    // between the two halves of the feed-forward network
  MatrixF queries_keys_values;
  MatrixF stream;  // the residual stream, [items * tokens, width]
  MatrixF pooled;
  MatrixF projected;
};

// At least `size` entries; what they held is lost.
template <class T>
T* reserve(Matrix<T>& buffer, std::size_t size) {
  if (buffer.size() < size) buffer = Matrix<T>(1, size);
  return buffer.data();
}

// Runs a layer over `items` matrices of `rows` rows, its chunks in parallel.
void run_linear(const engines::Linear& linear, std::size_t items, std::size_t rows, const void* input,
                void* output);

class Transformer {
 public:
  // row_counts: the only token counts that run() will see, largest first.
  static Result<Transformer> load(const Checkpoint& checkpoint, const std::string& prefix,
                                  const TowerConfig& config, const std::vector<int>& row_counts,
                                  bool causal, const engines::Engine& engine);

  // Transforms workspace.stream, [items * tokens, width], in place. An item's numbers do not depend on
  // the other items.
  void run(std::size_t items, std::size_t tokens, Workspace& workspace) const;

 private:
  struct Layer {
    LayerNorm norm1;
    LayerNorm norm2;
    std::unique_ptr<engines::Linear> queries_keys_values;
    std::unique_ptr<engines::Linear> attention_output;
    std::unique_ptr<engines::Linear> expand;
    std::unique_ptr<engines::Linear> contract;
  };
  static Result<Layer> load_layer(const Checkpoint& checkpoint, const std::string& name,
                                  const TowerConfig& config, const std::vector<int>& row_counts,
                                  const engines::Engine& engine);
  void normalize(const LayerNorm& norm, std::size_t rows, Workspace& workspace) const;
  void attend_all(std::size_t items, std::size_t tokens, Workspace& workspace) const;

  std::vector<Layer> layers_;
  std::size_t width_ = 0;
  std::size_t hidden_width_ = 0;
  std::size_t heads_ = 0;
  bool causal_ = false;
  engines::Element element_ = engines::Element::f32;
};

}  // namespace clipcluster::clip
