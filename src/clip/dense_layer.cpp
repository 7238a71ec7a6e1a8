#include "clip/dense_layer.h"

#include "clip/packed_layers.h"

namespace clipcluster::clip {

Result<std::unique_ptr<engines::Linear>> load_dense_layer(
    const Checkpoint& checkpoint, const engines::Engine& engine, const std::string& name,
    engines::LinearSpec spec, const std::function<Result<DenseWeights>()>& read) {
  // A tower may have layers of several engines.
  const std::string block = engine.packing() + " " + name;
  PackedLayers* packed = checkpoint.packed_layers();
  if (packed != nullptr) {
    spec.packed = packed->find(block);
    if (!spec.packed.empty()) {
      auto layer = engine.make_linear(spec);
      if (layer.is_ok()) return layer;
      spec.packed = {};
    }
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const DenseWeights weights, read());
  spec.weights = weights.matrix.data();
  spec.bias = weights.bias.empty() ? nullptr : weights.bias.data();
  CLIPCLUSTER_ASSIGN_OR_RETURN(auto layer, engine.make_linear(spec));
  if (packed != nullptr && !layer->packed().empty()) packed->add(block, layer->packed());
  return layer;
}

}  // namespace clipcluster::clip
