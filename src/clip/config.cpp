#include "clip/config.h"

#include <fmt/format.h>

#include "clip/json_file.h"

namespace clipcluster::clip {
namespace {

// Far above any CLIP; they keep products of sizes within 64 bits and memory within reason.
constexpr int kLargestWidth = 1 << 16;
constexpr int kMostLayers = 1024;
constexpr int kLargestImage = 8192;
constexpr int kLargestVocabulary = 1 << 24;
constexpr int kLongestText = 1 << 14;

Status read_activation(const Json& object, const std::string& file, engines::Activation& activation) {
  const auto found = object.find("hidden_act");
  if (found == object.end() || found->is_null()) return {};
  const std::string name = found->is_string() ? found->get<std::string>() : found->dump();
  if (name == "quick_gelu") {
    activation = engines::Activation::quick_gelu;
  } else if (name == "gelu") {
    activation = engines::Activation::gelu;
  } else {
    return Status::unsupported(
        fmt::format("{}: hidden_act '{}' is not supported; quick_gelu and gelu are", file, name));
  }
  return {};
}

Status read_tower(const Json& object, const std::string& file, TowerConfig& tower) {
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(object, "hidden_size", file, 1, kLargestWidth, tower.hidden_size));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_int(object, "intermediate_size", file, 1, 4 * kLargestWidth, tower.intermediate_size));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_int(object, "num_hidden_layers", file, 0, kMostLayers, tower.num_hidden_layers));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_int(object, "num_attention_heads", file, 1, kLargestWidth, tower.num_attention_heads));
  double eps = tower.layer_norm_eps;
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(object, "layer_norm_eps", file, eps));
  tower.layer_norm_eps = static_cast<float>(eps);
  CLIPCLUSTER_RETURN_IF_ERROR(read_activation(object, file, tower.hidden_act));
  if (tower.hidden_size % tower.num_attention_heads != 0) {
    return Status::corrupt(fmt::format("{}: hidden_size {} is not a multiple of num_attention_heads {}",
                                       file, tower.hidden_size, tower.num_attention_heads));
  }
  return {};
}

// transformers lets an object of the older name replace the newer one as a whole.
Result<Json> tower_object(const Json& json, const std::string& name, const std::string& file) {
  for (const std::string& key : {name + "_dict", name}) {
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) continue;
    if (!found->is_object()) return Status::corrupt(fmt::format("{}: '{}' is not an object", file, key));
    return Json(*found);
  }
  return Json::object();
}

Status read_vision(const Json& object, const std::string& file, VisionConfig& vision) {
  vision.hidden_size = 768;
  vision.intermediate_size = 3072;
  vision.num_attention_heads = 12;
  CLIPCLUSTER_RETURN_IF_ERROR(read_tower(object, file, vision));
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(object, "image_size", file, 1, kLargestImage, vision.image_size));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_int(object, "patch_size", file, 1, vision.image_size, vision.patch_size));
  int channels = 3;
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(object, "num_channels", file, 1, 1024, channels));
  if (channels != 3) {
    return Status::unsupported(
        fmt::format("{}: num_channels is {}; only 3 (RGB) is supported", file, channels));
  }
  return {};
}

Status read_text(const Json& object, const std::string& file, TextConfig& text) {
  text.hidden_size = 512;
  text.intermediate_size = 2048;
  text.num_attention_heads = 8;
  CLIPCLUSTER_RETURN_IF_ERROR(read_tower(object, file, text));
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(object, "vocab_size", file, 1, kLargestVocabulary, text.vocab_size));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_int(object, "max_position_embeddings", file, 2, kLongestText, text.max_position_embeddings));
  return read_int(object, "eos_token_id", file, 0, kLargestVocabulary, text.eos_token_id);
}

Status read_towers(const Json& json, const std::string& path, ClipConfig& config) {
  const std::string type = json.contains("model_type") ? json["model_type"].dump() : "\"clip\"";
  config.has_vision = type != "\"clip_text_model\"";
  config.has_text = type != "\"clip_vision_model\"";
  if (!config.has_text) return read_vision(json, path, config.vision);
  if (!config.has_vision) return read_text(json, path, config.text);
  if (type != "\"clip\"") {
    return Status::unsupported(fmt::format(
        "{}: model_type is {}; clip, clip_vision_model and clip_text_model are supported", path, type));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Json vision, tower_object(json, "vision_config", path));
  CLIPCLUSTER_RETURN_IF_ERROR(read_vision(vision, path + ", vision_config", config.vision));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Json text, tower_object(json, "text_config", path));
  return read_text(text, path + ", text_config", config.text);
}

}  // namespace

Result<ClipConfig> read_config(const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Json json, read_json_object(path));
  ClipConfig config;
  CLIPCLUSTER_RETURN_IF_ERROR(read_towers(json, path, config));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_int(json, "projection_dim", path, 1, kLargestWidth, config.projection_dim));
  double scale = config.logit_scale_init_value;
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(json, "logit_scale_init_value", path, scale));
  config.logit_scale_init_value = static_cast<float>(scale);
  return config;
}

}  // namespace clipcluster::clip
