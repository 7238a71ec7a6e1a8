// One .safetensors file: an 8-byte little-endian header length, a JSON header, then the tensors'
// bytes without gaps. https://github.com/huggingface/safetensors
#pragma once

#include <string>

#include "clip/weight_file.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

// Checks the header, every offset, that tensors neither overlap nor leave gaps, and that each has as
// many bytes as its shape and dtype say.
Result<WeightFile> open_safetensors(const std::string& path);

}  // namespace clipcluster::clip
