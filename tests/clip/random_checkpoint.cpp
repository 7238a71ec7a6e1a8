#include "clip/random_checkpoint.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "clipcluster/random.h"
#include "support/support.h"

namespace clipcluster::testing {
namespace {

using nlohmann::json;

class Filler {
 public:
  explicit Filler(std::uint64_t seed) : random_(seed, "random checkpoint") {}
  void add(Tensors& tensors, const std::string& name, std::vector<std::int64_t> shape, double scale,
           double centre = 0.0) {
    std::size_t size = 1;
    for (const auto n : shape) size *= static_cast<std::size_t>(n);
    Tensor tensor{std::move(shape), std::vector<double>(size)};
    for (double& x : tensor.values) x = centre + scale * random_.normal(next_++);
    tensors[name] = std::move(tensor);
  }

 private:
  CounterRandom random_;
  std::uint64_t next_ = 0;
};

void add_norm(Filler& fill, Tensors& tensors, const std::string& name, int width) {
  fill.add(tensors, name + ".weight", {width}, 0.2, 1.0);
  fill.add(tensors, name + ".bias", {width}, 0.2);
}

void add_linear(Filler& fill, Tensors& tensors, const std::string& name, int outputs, int inputs) {
  fill.add(tensors, name + ".weight", {outputs, inputs}, 1.0 / std::sqrt(inputs));
  fill.add(tensors, name + ".bias", {outputs}, 0.1);
}

void add_encoder(Filler& fill, Tensors& tensors, const std::string& tower, const TowerShape& shape) {
  for (int i = 0; i < shape.layers; ++i) {
    const std::string layer = fmt::format("{}.encoder.layers.{}.", tower, i);
    for (const char* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      add_linear(fill, tensors, layer + "self_attn." + name, shape.width, shape.width);
    }
    add_linear(fill, tensors, layer + "mlp.fc1", shape.hidden, shape.width);
    add_linear(fill, tensors, layer + "mlp.fc2", shape.width, shape.hidden);
    add_norm(fill, tensors, layer + "layer_norm1", shape.width);
    add_norm(fill, tensors, layer + "layer_norm2", shape.width);
  }
}

// Written without the library's own conversions, which these files are there to test.
std::uint16_t to_f16(double value) {
  _Float16 half = static_cast<_Float16>(value);
  return std::bit_cast<std::uint16_t>(half);
}
std::uint16_t to_bf16(double value) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return static_cast<std::uint16_t>(bits >> 16);
}

double rounded(double value, const std::string& dtype) {
  if (dtype == "F16") return static_cast<double>(std::bit_cast<_Float16>(to_f16(value)));
  if (dtype == "BF16") return std::bit_cast<float>(std::uint32_t{to_bf16(value)} << 16);
  return static_cast<float>(value);
}

void append_value(std::string& bytes, double value, const std::string& dtype) {
  const auto single = static_cast<float>(value);
  const std::uint16_t half = dtype == "F16" ? to_f16(value) : to_bf16(value);
  if (dtype == "F32") {
    bytes.append(reinterpret_cast<const char*>(&single), sizeof single);
  } else {
    bytes.append(reinterpret_cast<const char*>(&half), sizeof half);
  }
}

json tower_json(const TowerShape& shape, const std::string& activation) {
  return {{"hidden_size", shape.width},
          {"intermediate_size", shape.hidden},
          {"num_hidden_layers", shape.layers},
          {"num_attention_heads", shape.heads},
          {"hidden_act", activation}};
}

void write_configs(const std::string& folder, const CheckpointShape& shape) {
  json config = {{"model_type", "clip"}, {"projection_dim", shape.projection}};
  config["vision_config"] = tower_json(shape.vision, shape.activation);
  config["vision_config"]["image_size"] = shape.image_size;
  config["vision_config"]["patch_size"] = shape.patch_size;
  config["text_config"] = tower_json(shape.text, shape.activation);
  config["text_config"]["vocab_size"] = kSmallVocabulary;
  config["text_config"]["max_position_embeddings"] = shape.text_length;
  config["text_config"]["eos_token_id"] = shape.legacy_end_id ? 2 : kSmallVocabulary - 1;
  write_text_file(folder + "/config.json", config.dump(1));
  const json preprocessor = {{"size", shape.image_size}, {"crop_size", shape.image_size}};
  write_text_file(folder + "/preprocessor_config.json", preprocessor.dump(1));
}

std::string utf8(unsigned code) {
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

void write_weights(const std::string& folder, const CheckpointShape& shape, const Tensors& tensors) {
  if (shape.shards == 1) {
    write_text_file(folder + "/model.safetensors", safetensors_bytes(tensors, shape.dtype));
    return;
  }
  std::vector<Tensors> shards(static_cast<std::size_t>(shape.shards));
  json index;
  std::size_t turn = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t shard = turn++ % shards.size();
    shards[shard][name] = tensor;
    index["weight_map"][name] = fmt::format("model-{}.safetensors", shard);
  }
  for (std::size_t i = 0; i < shards.size(); ++i) {
    write_text_file(fmt::format("{}/model-{}.safetensors", folder, i),
                    safetensors_bytes(shards[i], shape.dtype));
  }
  write_text_file(folder + "/model.safetensors.index.json", index.dump());
}

}  // namespace

void write_vocabulary(const std::string& folder) {
  json vocabulary;
  unsigned next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= 33 && byte <= 126) || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
    const std::string symbol = utf8(printable ? byte : next++);
    vocabulary[symbol] = byte;
    vocabulary[symbol + "</w>"] = 256 + byte;
  }
  vocabulary["<|startoftext|>"] = kSmallVocabulary - 2;
  vocabulary["<|endoftext|>"] = kSmallVocabulary - 1;
  write_text_file(folder + "/vocab.json", vocabulary.dump());
  write_text_file(folder + "/merges.txt", "#version: 0.2\n");
}

Tensors random_tensors(const CheckpointShape& shape, std::uint64_t seed) {
  Tensors tensors;
  Filler fill(seed);
  const int vision = shape.vision.width;
  const int text = shape.text.width;
  fill.add(tensors, "vision_model.embeddings.class_embedding", {vision}, 0.5);
  fill.add(tensors, "vision_model.embeddings.patch_embedding.weight",
           {vision, 3, shape.patch_size, shape.patch_size}, 0.7 / shape.patch_size);
  fill.add(tensors, "vision_model.embeddings.position_embedding.weight", {shape.patches() + 1, vision},
           0.5);
  add_norm(fill, tensors, "vision_model.pre_layrnorm", vision);
  add_encoder(fill, tensors, "vision_model", shape.vision);
  add_norm(fill, tensors, "vision_model.post_layernorm", vision);
  fill.add(tensors, "visual_projection.weight", {shape.projection, vision}, 0.2);
  fill.add(tensors, "text_model.embeddings.token_embedding.weight", {kSmallVocabulary, text}, 0.5);
  fill.add(tensors, "text_model.embeddings.position_embedding.weight", {shape.text_length, text}, 0.5);
  add_encoder(fill, tensors, "text_model", shape.text);
  add_norm(fill, tensors, "text_model.final_layer_norm", text);
  fill.add(tensors, "text_projection.weight", {shape.projection, text}, 0.2);
  fill.add(tensors, "logit_scale", {}, 0.1, 4.0);
  return tensors;
}

std::string safetensors_bytes(const Tensors& tensors, const std::string& dtype) {
  json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = data.size();
    for (const double value : tensor.values) append_value(data, value, dtype);
    header[name] = {{"dtype", dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  const std::string text = header.dump();
  const auto length = static_cast<std::uint64_t>(text.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text + data;
}

void write_checkpoint(const std::string& folder, const CheckpointShape& shape, Tensors& tensors) {
  std::filesystem::create_directories(folder);
  for (auto& [name, tensor] : tensors) {
    for (double& x : tensor.values) x = rounded(x, shape.dtype);
  }
  write_configs(folder, shape);
  write_vocabulary(folder);
  write_weights(folder, shape, tensors);
}

}  // namespace clipcluster::testing
