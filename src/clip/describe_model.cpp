#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <set>

#include "clip/checkpoint.h"
#include "clip/config.h"
#include "clipcluster/model_description.h"

namespace clipcluster {
namespace {

// Products of a dense layer over `rows` rows.
double dense(double rows, double inputs, double outputs) { return 2.0 * rows * inputs * outputs; }

double encoder_flops(const clip::TowerConfig& tower, double tokens) {
  const double width = tower.hidden_size;
  const double attention = 2.0 * dense(tokens, width, tokens);  // scores, and the values they weigh
  const double layer =
      dense(tokens, width, 4.0 * width) + attention + 2.0 * dense(tokens, width, tower.intermediate_size);
  return tower.num_hidden_layers * layer;
}

TowerDescription describe(const clip::TowerConfig& tower, int tokens) {
  return {tower.hidden_size,
          tower.intermediate_size,
          tower.num_hidden_layers,
          tower.num_attention_heads,
          tokens,
          encoder_flops(tower, tokens)};
}

TowerDescription describe_images(const clip::ClipConfig& config) {
  const clip::VisionConfig& vision = config.vision;
  TowerDescription tower = describe(vision, vision.tokens());
  const double patches = static_cast<double>(vision.patches_per_side()) * vision.patches_per_side();
  const double width = vision.hidden_size;
  tower.flops += dense(patches, 3.0 * vision.patch_size * vision.patch_size, width);
  if (config.architecture == clip::Architecture::clip) {
    tower.flops += dense(1, width, config.projection_dim);
  } else {
    // Keys and values of all patches for one query, and a feed-forward network over one row.
    tower.flops += dense(patches, width, 2.0 * width) + dense(2, width, width) + dense(2, width, patches) +
                   2.0 * dense(1, width, vision.intermediate_size);
  }
  return tower;
}

TowerDescription describe_texts(const clip::ClipConfig& config) {
  TowerDescription tower = describe(config.text, config.text.max_position_embeddings);
  tower.flops += dense(1, config.text.hidden_size, config.projection_dim);
  return tower;
}

void describe_weights(const clip::Checkpoint& checkpoint, ModelDescription& model) {
  std::set<std::string> types;
  for (const clip::WeightFile& file : checkpoint.files()) {
    model.weight_files.push_back(
        {std::filesystem::path(file.path).filename().string(), file.bytes().size()});
    for (const auto& [name, tensor] : file.tensors) {
      types.insert(tensor.dtype);
      ++model.tensors;
      model.parameters += tensor.bytes.size() / clip::element_bytes(tensor.dtype);
    }
  }
  model.types = fmt::format("{}", fmt::join(types, ", "));
}

}  // namespace

Result<ModelDescription> describe_model(const std::string& folder) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const clip::ClipConfig config, clip::read_config(folder + "/config.json"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto checkpoint, clip::Checkpoint::open(folder));
  ModelDescription model;
  model.architecture = config.architecture == clip::Architecture::clip ? "CLIP" : "SigLIP";
  model.embedding_size = config.projection_dim;
  if (config.has_vision) {
    model.image_size = config.vision.image_size;
    model.patch_size = config.vision.patch_size;
    model.image_tower = describe_images(config);
  }
  if (config.has_text) {
    model.vocabulary = config.text.vocab_size;
    model.text_tower = describe_texts(config);
  }
  describe_weights(checkpoint, model);
  return model;
}

}  // namespace clipcluster
