// The table of contents of a PyTorch checkpoint: a pickle that names tensors.
//
// Pickles are programs. This reads the few instructions that torch.save writes for a state dict, builds
// nothing but a list of tensors, and refuses every function other than the two that rebuild those, so a
// hostile file can do no more than be refused. Python's Lib/pickletools.py describes the instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::clip {

struct PickledTensor {
  std::string dtype;        // as safetensors names it
  std::string storage;      // which part of the archive holds its elements
  std::int64_t offset = 0;  // of the first, in elements
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in elements
};

// `path` is for the sentences.
Result<std::map<std::string, PickledTensor>> read_pickled_tensors(std::span<const std::byte> pickle,
                                                                  const std::string& path);

}  // namespace clipcluster::clip
