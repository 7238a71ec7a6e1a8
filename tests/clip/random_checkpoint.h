// Small checkpoints of random numbers, in every form that the reader must accept.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace clipcluster::testing {

struct TowerShape {
  int width = 48;
  int hidden = 80;
  int layers = 2;
  int heads = 2;
};

struct CheckpointShape {
  TowerShape vision;
  TowerShape text;
  int image_size = 32;
  int patch_size = 8;
  int text_length = 20;
  int projection = 20;
  std::string activation = "quick_gelu";
  std::string dtype = "F32";  // F32, F16 or BF16
  int shards = 1;
  bool legacy_end_id = false;  // eos_token_id 2, as old checkpoints have it
  int patches() const { return (image_size / patch_size) * (image_size / patch_size); }
};

struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<double> values;  // what the stored dtype holds
};
using Tensors = std::map<std::string, Tensor>;

constexpr int kSmallVocabulary = 514;  // 256 bytes, 256 bytes at a word's end, start, end

Tensors random_tensors(const CheckpointShape& shape, std::uint64_t seed);
// Rounds `tensors` to shape.dtype, so that they are what a reader finds.
void write_checkpoint(const std::string& folder, const CheckpointShape& shape, Tensors& tensors);
// vocab.json and merges.txt of kSmallVocabulary tokens, without merges.
void write_vocabulary(const std::string& folder);
// One file; `dtype` of every tensor.
std::string safetensors_bytes(const Tensors& tensors, const std::string& dtype);

}  // namespace clipcluster::testing
