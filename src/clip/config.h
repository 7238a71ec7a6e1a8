// config.json of a Hugging Face CLIPModel, or of one of its towers alone (CLIPVisionModelWithProjection,
// CLIPTextModelWithProjection), whose file is the tower's part of the whole.
#pragma once

#include <string>

#include "clip/engines/engine.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

struct TowerConfig {
  int hidden_size = 0;
  int intermediate_size = 0;
  int num_hidden_layers = 12;
  int num_attention_heads = 0;
  float layer_norm_eps = 1e-5F;
  engines::Activation hidden_act = engines::Activation::quick_gelu;
};

struct VisionConfig : TowerConfig {
  int image_size = 224;
  int patch_size = 32;
  int patches_per_side() const { return image_size / patch_size; }
  int tokens() const { return patches_per_side() * patches_per_side() + 1; }
};

struct TextConfig : TowerConfig {
  int vocab_size = 49408;
  int max_position_embeddings = 77;
  // -1: not given, the tokenizer's. 2: what transformers wrote before it knew better; the end of a
  // text is then the largest id.
  int eos_token_id = -1;
};

struct ClipConfig {
  bool has_vision = true;
  bool has_text = true;
  VisionConfig vision;
  TextConfig text;
  int projection_dim = 512;
  float logit_scale_init_value = 2.6592F;
};

// Absent keys have the defaults of transformers' CLIPConfig (ViT-B/32).
Result<ClipConfig> read_config(const std::string& path);

}  // namespace clipcluster::clip
