#include "clip/projection.h"

#include <cassert>
#include <cstring>

#include "clip/dense_layer.h"
#include "clip/kernels.h"
#include "clip/unit_length.h"

namespace clipcluster::clip {

Result<Projection> Projection::load(const Checkpoint& checkpoint, const ProjectionSpec& spec,
                                    const TowerConfig& config) {
  Projection projection;
  projection.outputs_ = static_cast<std::size_t>(spec.outputs);
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      projection.norm_, read_layer_norm(checkpoint, spec.norm, config.hidden_size, config.layer_norm_eps));
  if (spec.linear.empty()) {
    assert(spec.outputs == config.hidden_size);
    return projection;
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto engine, engines::make_engine(Precision::f32));
  engines::LinearSpec linear;
  linear.row_counts = {1};
  linear.inputs = config.hidden_size;
  linear.outputs = spec.outputs;
  linear.output = engines::Output::floats;
  const auto read = [&]() -> Result<DenseWeights> {
    DenseWeights weights;
    CLIPCLUSTER_ASSIGN_OR_RETURN(
        weights.matrix, checkpoint.read(spec.linear + ".weight", {spec.outputs, config.hidden_size}));
    if (spec.bias) {
      CLIPCLUSTER_ASSIGN_OR_RETURN(weights.bias, checkpoint.read(spec.linear + ".bias", {spec.outputs}));
    }
    return weights;
  };
  CLIPCLUSTER_ASSIGN_OR_RETURN(projection.linear_,
                               load_dense_layer(checkpoint, *engine, spec.linear, linear, read));
  return projection;
}

void Projection::run(std::size_t items, Workspace& workspace) const {
  const std::size_t width = norm_.gamma.size();
  float* pooled = workspace.pooled.data();
  for (std::size_t item = 0; item < items; ++item) {
    float* row = pooled + item * width;
    kernels().layer_norm(row, width, norm_.gamma.data(), norm_.beta.data(), norm_.eps, row);
  }
  float* projected = reserve(workspace.projected, items * outputs_);
  if (linear_ == nullptr) {
    std::memcpy(projected, pooled, items * width * sizeof(float));
  } else {
    run_linear(*linear_, items, 1, pooled, projected);
  }
  for (std::size_t item = 0; item < items; ++item) {
    scale_to_unit_length(projected + item * outputs_, outputs_);
  }
}

}  // namespace clipcluster::clip
