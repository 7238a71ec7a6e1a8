// A dense layer from a checkpoint, or from the packed form that an earlier start left.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clip/checkpoint.h"
#include "clip/engines/engine.h"
#include "clipcluster/status.h"

namespace clipcluster::clip {

struct DenseWeights {
  std::vector<float> matrix;  // [outputs, inputs]
  std::vector<float> bias;    // [outputs], or empty
};

// `name` is the layer's own in its tower. `read` is called only if the layer is not packed yet: reading
// and converting a large model's tensors is most of what loading it costs.
Result<std::unique_ptr<engines::Linear>> load_dense_layer(
    const Checkpoint& checkpoint, const engines::Engine& engine, const std::string& name,
    engines::LinearSpec spec, const std::function<Result<DenseWeights>()>& read);

}  // namespace clipcluster::clip
