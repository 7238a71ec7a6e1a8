#include "clip/preprocessor_config.h"

#include <cmath>

#include "fuzz.h"

namespace clipcluster::fuzz {

void preprocessor_config(Bytes bytes) {
  const MemoryFile file(bytes);
  const auto options = clip::read_preprocessor_config(file.path());
  require_sentence(options.status());
  if (!options.is_ok()) return;
  require(options->shortest_edge > 0 && options->crop_width > 0 && options->crop_height > 0,
          "sides are positive");
  require(std::isfinite(options->rescale), "rescale is finite");
  for (std::size_t channel = 0; channel < 3; ++channel) {
    require(std::isfinite(options->mean[channel]), "means are finite");
    require(std::isfinite(options->deviation[channel]) && options->deviation[channel] > 0.0F,
            "deviations are positive and finite");
  }
}

}  // namespace clipcluster::fuzz
