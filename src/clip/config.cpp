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

struct NamedActivation {
  const char* name;
  engines::Activation activation;
};
// The last three are one formula, written differently.
constexpr NamedActivation kActivations[] = {{"quick_gelu", engines::Activation::quick_gelu},
                                            {"gelu", engines::Activation::gelu},
                                            {"gelu_pytorch_tanh", engines::Activation::gelu_tanh},
                                            {"gelu_new", engines::Activation::gelu_tanh},
                                            {"gelu_fast", engines::Activation::gelu_tanh}};

Status read_activation(const Json& object, const std::string& file, engines::Activation& activation) {
  const auto found = object.find("hidden_act");
  if (found == object.end() || found->is_null()) return {};
  const std::string name = found->is_string() ? found->get<std::string>() : found->dump();
  for (const NamedActivation& known : kActivations) {
    if (name != known.name) continue;
    activation = known.activation;
    return {};
  }
  return Status::unsupported(fmt::format(
      "{}: hidden_act '{}' is not supported; quick_gelu, gelu and gelu_pytorch_tanh (also called "
      "gelu_new and gelu_fast) are",
      file, name));
}

Status check_heads(const Json& object, const std::string& file, const TowerConfig& tower) {
  if (tower.hidden_size % tower.num_attention_heads != 0) {
    return Status::corrupt(fmt::format("{}: hidden_size {} is not a multiple of num_attention_heads {}",
                                       file, tower.hidden_size, tower.num_attention_heads));
  }
  const int from_width = tower.hidden_size / tower.num_attention_heads;
  int head_dim = from_width;
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(object, "head_dim", file, 1, kLargestWidth, head_dim));
  if (head_dim == from_width) return {};
  return Status::unsupported(
      fmt::format("{}: head_dim is {}; only hidden_size / num_attention_heads, here {}, is supported", file,
                  head_dim, from_width));
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
  if (!(eps > 0.0)) {
    return Status::corrupt(fmt::format("{}: layer_norm_eps is {}; it must be above 0", file, eps));
  }
  tower.layer_norm_eps = static_cast<float>(eps);
  CLIPCLUSTER_RETURN_IF_ERROR(read_activation(object, file, tower.hidden_act));
  return check_heads(object, file, tower);
}

// transformers lets an object of the older name replace the newer one as a whole. SigLIP is younger
// than that and has no older name.
Result<Json> tower_object(const Json& json, const std::string& name, const std::string& file) {
  for (const std::string& key : {name + "_dict", name}) {
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) continue;
    if (!found->is_object()) return Status::corrupt(fmt::format("{}: '{}' is not an object", file, key));
    return Json(*found);
  }
  return Json::object();
}

void set_defaults(ClipConfig& config) {
  VisionConfig& vision = config.vision;
  TextConfig& text = config.text;
  vision.hidden_size = 768;
  vision.intermediate_size = 3072;
  vision.num_attention_heads = 12;
  text.hidden_size = 512;
  text.intermediate_size = 2048;
  text.num_attention_heads = 8;
  if (config.architecture == Architecture::clip) return;
  vision.patch_size = 16;
  vision.class_token = false;
  text.hidden_size = 768;
  text.intermediate_size = 3072;
  text.num_attention_heads = 12;
  text.vocab_size = 32000;
  text.max_position_embeddings = 64;
  for (TowerConfig* tower : {static_cast<TowerConfig*>(&vision), static_cast<TowerConfig*>(&text)}) {
    tower->layer_norm_eps = 1e-6F;
    tower->hidden_act = engines::Activation::gelu_tanh;
  }
}

Status check_pooling_head(const Json& object, const std::string& file) {
  bool pools = true;
  CLIPCLUSTER_RETURN_IF_ERROR(read_flag(object, "vision_use_head", file, pools));
  if (pools) return {};
  return Status::unsupported(fmt::format(
      "{}: vision_use_head is false: this image tower ends without one vector for an image", file));
}

Status read_vision(const Json& object, const std::string& file, VisionConfig& vision) {
  CLIPCLUSTER_RETURN_IF_ERROR(read_tower(object, file, vision));
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(object, "image_size", file, 1, kLargestImage, vision.image_size));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_int(object, "patch_size", file, 1, vision.image_size, vision.patch_size));
  if (!vision.class_token) CLIPCLUSTER_RETURN_IF_ERROR(check_pooling_head(object, file));
  int channels = 3;
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(object, "num_channels", file, 1, 1024, channels));
  if (channels != 3) {
    return Status::unsupported(
        fmt::format("{}: num_channels is {}; only 3 (RGB) is supported", file, channels));
  }
  return {};
}

Status read_text(const Json& object, const std::string& file, ClipConfig& config) {
  TextConfig& text = config.text;
  CLIPCLUSTER_RETURN_IF_ERROR(read_tower(object, file, text));
  CLIPCLUSTER_RETURN_IF_ERROR(read_int(object, "vocab_size", file, 1, kLargestVocabulary, text.vocab_size));
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_int(object, "max_position_embeddings", file, 2, kLongestText, text.max_position_embeddings));
  if (config.architecture == Architecture::siglip) {
    config.projection_dim = text.hidden_size;
    return read_int(object, "projection_size", file, 1, kLargestWidth, config.projection_dim);
  }
  return read_int(object, "eos_token_id", file, 0, kLargestVocabulary, text.eos_token_id);
}

// What the model_type of config.json says it holds.
struct ModelType {
  const char* name;
  Architecture architecture;
  bool has_vision;
  bool has_text;
};
constexpr ModelType kModelTypes[] = {{"clip", Architecture::clip, true, true},
                                     {"clip_vision_model", Architecture::clip, true, false},
                                     {"clip_text_model", Architecture::clip, false, true},
                                     {"siglip", Architecture::siglip, true, true},
                                     {"siglip_vision_model", Architecture::siglip, true, false},
                                     {"siglip_text_model", Architecture::siglip, false, true}};

Status read_model_type(const Json& json, const std::string& path, ClipConfig& config) {
  const auto found = json.find("model_type");
  const Json type = found == json.end() ? Json("clip") : *found;
  for (const ModelType& known : kModelTypes) {
    if (type != known.name) continue;
    config.architecture = known.architecture;
    config.has_vision = known.has_vision;
    config.has_text = known.has_text;
    return {};
  }
  return Status::unsupported(fmt::format(
      "{}: model_type is {}; clip, siglip, and their vision and text models alone (clip_vision_model, "
      "siglip_text_model, ...) are supported",
      path, type.dump(-1, ' ', true, Json::error_handler_t::replace)));
}

// SigLIP's image tower has no projection, so that its width is that of the embeddings.
Status read_siglip_width(const std::string& path, ClipConfig& config) {
  if (!config.has_vision) return {};
  if (!config.has_text) config.projection_dim = config.vision.hidden_size;
  if (config.projection_dim == config.vision.hidden_size) return {};
  return Status::corrupt(
      fmt::format("{}: the text tower gives {} numbers and the image tower {}: they cannot be compared",
                  path, config.projection_dim, config.vision.hidden_size));
}

bool names_projection(const Json& json) {
  const auto found = json.find("architectures");
  return found != json.end() &&
         found->dump(-1, ' ', true, Json::error_handler_t::replace).find("WithProjection") !=
             std::string::npos;
}

Status read_towers(const Json& json, const std::string& path, ClipConfig& config) {
  const bool whole = config.has_vision && config.has_text;
  if (config.has_vision) {
    const std::string key = "vision_config";
    CLIPCLUSTER_ASSIGN_OR_RETURN(const Json object, whole ? tower_object(json, key, path) : Result(json));
    CLIPCLUSTER_RETURN_IF_ERROR(read_vision(object, whole ? path + ", " + key : path, config.vision));
  }
  if (config.has_text) {
    const std::string key = "text_config";
    CLIPCLUSTER_ASSIGN_OR_RETURN(const Json object, whole ? tower_object(json, key, path) : Result(json));
    CLIPCLUSTER_RETURN_IF_ERROR(read_text(object, whole ? path + ", " + key : path, config));
  }
  return {};
}

}  // namespace

Result<ClipConfig> read_config(const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const Json json, read_json_object(path));
  ClipConfig config;
  CLIPCLUSTER_RETURN_IF_ERROR(read_model_type(json, path, config));
  set_defaults(config);
  CLIPCLUSTER_RETURN_IF_ERROR(read_towers(json, path, config));
  if (config.architecture == Architecture::siglip) {
    CLIPCLUSTER_RETURN_IF_ERROR(read_siglip_width(path, config));
    return config;
  }
  CLIPCLUSTER_RETURN_IF_ERROR(
      read_int(json, "projection_dim", path, 1, kLargestWidth, config.projection_dim));
  config.may_lack_projection = !(config.has_vision && config.has_text) && !names_projection(json);
  double scale = config.logit_scale_init_value;
  CLIPCLUSTER_RETURN_IF_ERROR(read_number(json, "logit_scale_init_value", path, scale));
  config.logit_scale_init_value = static_cast<float>(scale);
  return config;
}

}  // namespace clipcluster::clip
