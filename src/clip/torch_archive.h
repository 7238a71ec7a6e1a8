// A file of weights as torch.save writes it since PyTorch 1.6 (pytorch_model.bin): a ZIP archive of raw
// storages and a pickle that says which tensor lies where.
#pragma once

#include <string>

#include "clip/weight_file.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

// A state dict: names to contiguous tensors. Runs nothing (pickled_tensors.h).
Result<WeightFile> open_torch_archive(const std::string& path);

}  // namespace clipcluster::clip
