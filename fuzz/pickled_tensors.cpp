#include "clip/pickled_tensors.h"

#include "fuzz.h"

namespace clipcluster::fuzz {

void pickled_tensors(Bytes bytes) {
  const auto tensors = clip::read_pickled_tensors(std::as_bytes(bytes), "fuzz");
  require_sentence(tensors.status());
  if (!tensors.is_ok()) return;
  for (const auto& [name, tensor] : *tensors) {
    require(!tensor.dtype.empty() && tensor.offset >= 0, "a tensor has a type and a place");
    require(tensor.shape.size() == tensor.strides.size(), "a tensor has a stride for each size");
    for (const std::int64_t size : tensor.shape) require(size >= 0, "sizes are not negative");
    for (const std::int64_t stride : tensor.strides) require(stride >= 0, "strides are not negative");
  }
}

}  // namespace clipcluster::fuzz
