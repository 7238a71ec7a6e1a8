// The tensors of a checkpoint folder, from one file or from the shards that an index names.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "clip/weight_file.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

class PackedLayers;

class Checkpoint {
 public:
  // model.safetensors, or else model.safetensors.index.json and its shards, or else the same as PyTorch
  // writes it: pytorch_model.bin, or pytorch_model.bin.index.json and its shards.
  static Result<Checkpoint> open(const std::string& folder);

  bool contains(const std::string& name) const { return where_.contains(name); }
  // null when there is no such tensor
  const std::vector<std::int64_t>* shape_of(const std::string& name) const;
  // For messages: the file that the tensor is in; it must be there.
  const std::string& file_of(const std::string& name) const;
  // As float32, row-major. An error names the tensor, its file, and what config.json asks for.
  Result<std::vector<float>> read(const std::string& name, const std::vector<std::int64_t>& shape) const;

  // Where the dense layers of the tower being loaded are kept packed; null without such a cache.
  // `layers` must outlive the loading.
  void set_packed_layers(PackedLayers* layers) { packed_layers_ = layers; }
  PackedLayers* packed_layers() const { return packed_layers_; }

  std::uint64_t bytes() const;                                     // of all files
  const std::vector<WeightFile>& files() const { return files_; }  // in the order of their names

 private:
  Status add_file(const std::string& path);
  Status add_shards(const std::string& folder, const std::string& index_path);

  std::vector<WeightFile> files_;
  std::map<std::string, std::size_t> where_;  // tensor name -> index into files_
  PackedLayers* packed_layers_ = nullptr;
  std::string origin_;  // the file that a person looks into when a tensor is missing
};

}  // namespace clipcluster::clip
