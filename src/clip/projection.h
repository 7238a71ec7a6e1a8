// The end of both towers: layer norm of one row, projection, unit length. Always in float32: it is
// a thousandth of the work, and its rounding would go straight into the result.
#pragma once

#include <memory>
#include <string>

#include "clip/transformer.h"

namespace clipcluster::clip {

class Projection {
 public:
  static Result<Projection> load(const Checkpoint& checkpoint, const std::string& norm_name,
                                 const std::string& weight_name, const TowerConfig& config, int outputs);

  std::size_t outputs() const { return outputs_; }
  // workspace.pooled [items, width] -> workspace.projected [items, outputs()], unit vectors.
  void run(std::size_t items, Workspace& workspace) const;

 private:
  LayerNorm norm_;
  std::unique_ptr<engines::Linear> linear_;
  std::size_t outputs_ = 0;
};

}  // namespace clipcluster::clip
