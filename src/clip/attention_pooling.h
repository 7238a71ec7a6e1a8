// SigLIP's end of the image tower: a learned query, the probe, attends to all tokens, and a
// feed-forward network follows (the "MAP head" of Zhai et al., "Scaling vision transformers", 2022;
// Lee et al., "Set transformer", 2019).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clip/transformer.h"

namespace clipcluster::clip {

class AttentionPooling {
 public:
  // norm_name: of the layer norm over all tokens before the head; head_name: of the head itself.
  static Result<AttentionPooling> load(const Checkpoint& checkpoint, const std::string& norm_name,
                                       const std::string& head_name, const TowerConfig& config);

  std::size_t outputs() const { return width_; }
  // workspace.stream [items * tokens, width] -> workspace.projected [items, width], unit vectors. All in
  // float32: as for the projection, it is little work and its rounding would go straight into the result.
  void run(std::size_t items, std::size_t tokens, Workspace& workspace) const;

 private:
  struct Scratch;
  AttentionPooling() = default;
  Status load_attention(const Checkpoint& checkpoint, const std::string& name);
  void fold_probe(const std::vector<float>& probe, const std::vector<float>& weights,
                  const std::vector<float>& bias);
  void split_values(const std::vector<float>& weights);
  Status load_network(const Checkpoint& checkpoint, const std::string& name, const TowerConfig& config);
  void attend(const float* stream, std::size_t tokens, float* attended) const;

  std::size_t width_ = 0;
  std::size_t heads_ = 0;
  LayerNorm token_norm_;
  std::vector<float> score_weights_;  // [width, padded heads]: a token's score in each head
  std::vector<float> value_weights_;  // [heads, width, padded head width]
  std::vector<float> value_bias_;     // [width]
  std::unique_ptr<engines::Linear> attention_output_;
  LayerNorm network_norm_;
  std::unique_ptr<engines::Linear> expand_;
  std::unique_ptr<engines::Linear> contract_;
  std::size_t hidden_width_ = 0;
};

}  // namespace clipcluster::clip
