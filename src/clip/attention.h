// Scaled dot-product attention of one head (Vaswani et al., "Attention is all you need", 2017).
#pragma once

#include <cstddef>

#include "clip/engines/engine.h"

namespace clipcluster::clip {

struct AttentionShape {
  std::size_t tokens = 0;
  std::size_t heads = 0;
  std::size_t head_width = 0;
  bool causal = false;  // token i sees tokens 0..i only
  std::size_t width() const { return heads * head_width; }
};

// queries_keys_values [tokens, 3 * width], the three side by side; writes the columns of `head` in
// output [tokens, width] of elements. On the calling thread.
void attend(const AttentionShape& shape, std::size_t head, const float* queries_keys_values,
            engines::Element element, void* output);

}  // namespace clipcluster::clip
