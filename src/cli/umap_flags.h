// UmapOptions as command-line options, for umap, run and fit.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "clipcluster/umap.h"

namespace clipcluster::cli {

struct UmapFlags {
  UmapFlags() = default;
  explicit UmapFlags(const UmapOptions& defaults)
      : options(defaults), metric(metric_name(defaults.metric)) {}

  UmapOptions options;
  std::string metric = "euclidean";
  std::string init = "spectral";
};

void add_umap_flags(CLI::App& command, UmapFlags& flags);

// UsageError when --min-dist is above --spread.
UmapOptions umap_options(const UmapFlags& flags, std::uint64_t seed);

}  // namespace clipcluster::cli
