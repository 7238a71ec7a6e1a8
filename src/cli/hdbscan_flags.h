// HdbscanOptions as command-line options, for hdbscan, run and fit.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "clipcluster/hdbscan.h"

namespace clipcluster::cli {

struct HdbscanFlags {
  HdbscanOptions options;
  std::string method = "eom";
};

// All but --min-cluster-size, whose default is not the same everywhere.
void add_hdbscan_flags(CLI::App& command, HdbscanFlags& flags);

// UsageError when --max-cluster-size is below `min_cluster_size`.
HdbscanOptions hdbscan_options(const HdbscanFlags& flags, std::optional<int> min_cluster_size);

}  // namespace clipcluster::cli
