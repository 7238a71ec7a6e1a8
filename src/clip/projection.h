// The end of a tower that reads one row: its layer norm, a projection, unit length. Always in float32:
// it is a thousandth of the work, and its rounding would go straight into the result.
#pragma once

#include <memory>
#include <string>

#include "clip/transformer.h"

namespace clipcluster::clip {

struct ProjectionSpec {
  std::string norm;    // name of the layer norm
  std::string linear;  // name of the projection; empty: none, the normalised row is the result
  bool bias = false;
  int outputs = 0;  // without a projection, the tower's width
};

class Projection {
 public:
  static Result<Projection> load(const Checkpoint& checkpoint, const ProjectionSpec& spec,
                                 const TowerConfig& config);

  std::size_t outputs() const { return outputs_; }
  // workspace.pooled [items, width] -> workspace.projected [items, outputs()], unit vectors.
  void run(std::size_t items, Workspace& workspace) const;

 private:
  LayerNorm norm_;
  std::unique_ptr<engines::Linear> linear_;
  std::size_t outputs_ = 0;
};

}  // namespace clipcluster::clip
