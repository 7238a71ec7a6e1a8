#include "clip/safetensors.h"

#include "fuzz.h"
#include "weights.h"

namespace clipcluster::fuzz {

void safetensors(Bytes bytes) {
  const MemoryFile file(bytes);
  const auto weights = clip::open_safetensors(file.path());
  require_sentence(weights.status());
  if (weights.is_ok()) require_tensors_inside(*weights);
}

}  // namespace clipcluster::fuzz
