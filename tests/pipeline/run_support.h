#pragma once

#include <string>

#include "clipcluster/pipeline.h"
#include "support/support.h"

namespace clipcluster::testing {

inline RunOptions run_options(const std::string& input) {
  RunOptions options;
  options.embed.inputs = {input};
  options.embed.model_folder = clip_mini_folder();
  options.embed.precision = Precision::f32;
  options.fit.umap.n_epochs = 60;
  options.fit.min_cluster_size = 11;  // more than half of the 20 pictures of a kind
  return options;
}

}  // namespace clipcluster::testing
