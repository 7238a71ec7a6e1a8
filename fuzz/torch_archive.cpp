#include "clip/torch_archive.h"

#include "fuzz.h"
#include "weights.h"

namespace clipcluster::fuzz {

void torch_archive(Bytes bytes) {
  const MemoryFile file(bytes);
  const auto weights = clip::open_torch_archive(file.path());
  require_sentence(weights.status());
  if (weights.is_ok()) require_tensors_inside(*weights);
}

}  // namespace clipcluster::fuzz
