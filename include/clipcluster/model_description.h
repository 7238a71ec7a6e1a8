// What a checkpoint folder holds, without loading its weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster {

struct TowerDescription {
  int width = 0;   // of the residual stream
  int hidden = 0;  // of the feed-forward networks
  int layers = 0;
  int heads = 0;
  int tokens = 0;      // rows of the longest text, or of an image with its class token
  double flops = 0.0;  // of one image, or of one text of full length; 2 for a multiplication and addition
};

struct ModelFile {
  std::string name;
  std::uint64_t bytes = 0;
};

struct ModelDescription {
  std::string architecture;  // "CLIP" or "SigLIP"
  int embedding_size = 0;
  int image_size = 0;  // pixels a side
  int patch_size = 0;
  int vocabulary = 0;
  std::optional<TowerDescription> image_tower;
  std::optional<TowerDescription> text_tower;
  std::vector<ModelFile> weight_files;
  std::uint64_t tensors = 0;
  std::uint64_t parameters = 0;
  std::string types;  // of the tensors: "F32", "F16, F32", ...
};

// Reads config.json and the weight files' tables of contents. The errors are those of ClipModel::load.
Result<ModelDescription> describe_model(const std::string& folder);

}  // namespace clipcluster
