// config.json of a Hugging Face CLIPModel or SiglipModel, or of one of its towers alone
// (CLIPVisionModelWithProjection, SiglipVisionModel, ...), whose file is the tower's part of the whole.
#pragma once

#include <string>

#include "clip/engines/engine.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

enum class Architecture {
  clip,    // class token, a layer norm before the encoder, texts seen from left to right, byte-level BPE
  siglip,  // patches pooled by attention, texts seen in both directions, SentencePiece (Zhai et al., 2023)
};

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
  bool class_token = true;
  int patches_per_side() const { return image_size / patch_size; }
  int patches() const { return patches_per_side() * patches_per_side(); }
  int tokens() const { return patches() + (class_token ? 1 : 0); }
};

struct TextConfig : TowerConfig {
  int vocab_size = 49408;
  int max_position_embeddings = 77;
  // CLIP's. -1: not given, the tokenizer's. 2: what transformers wrote before it knew better; the end
  // of a text is then the largest id.
  int eos_token_id = -1;
};

struct ClipConfig {
  Architecture architecture = Architecture::clip;
  bool has_vision = true;
  bool has_text = true;
  VisionConfig vision;
  TextConfig text;
  // Columns of the embeddings. For SigLIP's text tower, of its head; its image tower has none and gives
  // vision.hidden_size.
  int projection_dim = 512;
  // CLIPVisionModel and CLIPTextModel, as their "architectures" say, end without a projection.
  bool may_lack_projection = false;
  float logit_scale_init_value = 2.6592F;
};

// Absent keys have the defaults of transformers' CLIPConfig (ViT-B/32) or SiglipConfig
// (base-patch16-224).
Result<ClipConfig> read_config(const std::string& path);

}  // namespace clipcluster::clip
