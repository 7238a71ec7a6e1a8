// How fast a model is on this machine, without files and decoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "clipcluster/clip.h"
#include "clipcluster/status.h"

namespace clipcluster::cli {

struct TimingOptions {
  std::string folder;
  Precision precision = Precision::f32;  // not automatic
  std::size_t batch = 16;
  bool text = false;
  double image_flops = 0.0;  // of one image
};

struct ModelTiming {
  Precision precision = Precision::f32;
  double images_per_second = 0.0;
  double image_seconds = 0.0;  // one image alone, the median
  double limit_share = 0.0;    // images_per_second * flops / the rate of the bare products; 0: unknown
  double texts_per_second = 0.0;
  double text_seconds = 0.0;
  // First as after a restart of the machine, weights and caches out of memory, where the operating system
  // lets them go; then again.
  double cold_load_seconds = 0.0;
  double warm_load_seconds = 0.0;
  std::uint64_t bytes = 0;  // that the loaded and used model holds
};

Result<ModelTiming> time_model(const TimingOptions& options);

}  // namespace clipcluster::cli
