// What must hold of every file of weights.
#pragma once

#include "clip/weight_file.h"
#include "fuzz.h"

namespace clipcluster::fuzz {

// Reads every tensor, too, for the sanitizers.
inline void require_tensors_inside(const clip::WeightFile& file) {
  const auto whole = file.bytes();
  unsigned sum = 0;
  for (const auto& [name, tensor] : file.tensors) {
    std::uint64_t bytes = clip::element_bytes(tensor.dtype);
    require(bytes > 0, "a tensor has a known type");
    for (const std::int64_t size : tensor.shape) {
      require(size >= 0, "sizes are not negative");
      bytes *= static_cast<std::uint64_t>(size);
    }
    require(bytes == tensor.bytes.size(), "a tensor has as many bytes as its shape says");
    require(bytes == 0 || (tensor.bytes.data() >= whole.data() &&
                           tensor.bytes.data() + bytes <= whole.data() + whole.size()),
            "a tensor lies inside its file");
    for (const std::byte byte : tensor.bytes) sum += std::to_integer<unsigned>(byte);
  }
  volatile unsigned kept = sum;  // so that the bytes are really read
  static_cast<void>(kept);
}

}  // namespace clipcluster::fuzz
