#include "clip/projection.h"

#include <cmath>

#include "clip/kernels.h"

namespace clipcluster::clip {
namespace {

void scale_to_unit_length(float* x, std::size_t size) {
  double squares = 0.0;
  for (std::size_t i = 0; i < size; ++i) squares += static_cast<double>(x[i]) * x[i];
  if (squares == 0.0) return;
  const double inverse = 1.0 / std::sqrt(squares);
  for (std::size_t i = 0; i < size; ++i) x[i] = static_cast<float>(x[i] * inverse);
}

}  // namespace

Result<Projection> Projection::load(const Checkpoint& checkpoint, const std::string& norm_name,
                                    const std::string& weight_name, const TowerConfig& config,
                                    int outputs) {
  Projection projection;
  projection.outputs_ = static_cast<std::size_t>(outputs);
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      projection.norm_, read_layer_norm(checkpoint, norm_name, config.hidden_size, config.layer_norm_eps));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto weights,
                               checkpoint.read(weight_name, {outputs, config.hidden_size}));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto engine, engines::make_engine(Precision::f32));
  engines::LinearSpec spec;
  spec.row_counts = {1};
  spec.inputs = config.hidden_size;
  spec.outputs = outputs;
  spec.weights = weights.data();
  spec.output = engines::Output::floats;
  CLIPCLUSTER_ASSIGN_OR_RETURN(projection.linear_, engine->make_linear(spec));
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
  run_linear(*linear_, items, 1, pooled, projected);
  for (std::size_t item = 0; item < items; ++item) {
    scale_to_unit_length(projected + item * outputs_, outputs_);
  }
}

}  // namespace clipcluster::clip
