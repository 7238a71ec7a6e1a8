// A file of weights: named tensors that lie in it as they are in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"

namespace clipcluster::clip {

struct TensorInfo {
  std::string dtype;                // as safetensors names it: "F32", "F16", "BF16", "I64", ...
  std::vector<std::int64_t> shape;  // empty for a scalar
  std::span<const std::byte> bytes;
};

// Bytes of one element; 0 for a dtype that there is not.
std::uint64_t element_bytes(const std::string& dtype);

std::string shape_text(std::span<const std::int64_t> shape);  // "[768, 3, 32, 32]"

// The tensors are views into the mapped file and live as long as this object.
struct WeightFile {
  std::string path;
  std::shared_ptr<const internal::MappedFile> file;
  std::map<std::string, TensorInfo> tensors;

  std::span<const std::byte> bytes() const { return file->bytes(); }
};

}  // namespace clipcluster::clip
