#include "clip/config.h"

#include <cmath>

#include "fuzz.h"

namespace clipcluster::fuzz {
namespace {

void require_tower(const clip::TowerConfig& tower) {
  require(tower.hidden_size > 0 && tower.intermediate_size > 0, "sizes are positive");
  require(tower.num_hidden_layers >= 0, "the number of layers is not negative");
  require(tower.num_attention_heads > 0 && tower.hidden_size % tower.num_attention_heads == 0,
          "the heads divide the width");
  require(std::isfinite(tower.layer_norm_eps), "layer_norm_eps is finite");
}

}  // namespace

void clip_config(Bytes bytes) {
  const MemoryFile file(bytes);
  const auto config = clip::read_config(file.path());
  require_sentence(config.status());
  if (!config.is_ok()) return;
  require(config->has_vision || config->has_text, "there is a tower");
  require(config->projection_dim > 0, "projection_dim is positive");
  require(std::isfinite(config->logit_scale_init_value), "logit_scale_init_value is finite");
  if (config->has_vision) {
    require_tower(config->vision);
    require(config->vision.patch_size > 0 && config->vision.patches_per_side() > 0, "there is a patch");
  }
  if (config->has_text) {
    require_tower(config->text);
    require(config->text.vocab_size > 0 && config->text.max_position_embeddings >= 2,
            "start and end have a place");
  }
}

}  // namespace clipcluster::fuzz
