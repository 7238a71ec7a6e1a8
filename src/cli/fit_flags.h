// FitOptions as command-line options, for run and fit.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "cli/hdbscan_flags.h"
#include "cli/tsne_flags.h"
#include "cli/umap_flags.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {

struct FitFlags {
  FitOptions options;
  CLI::App* command = nullptr;
  bool no_tuned = false;
  std::string noise = "keep";
  std::string reducer = "umap";
  std::string svd_solver = "automatic";
  UmapFlags umap{clustering_umap_options()};
  TsneFlags tsne;
  HdbscanFlags hdbscan{clustering_hdbscan_options()};
};

void add_fit_flags(CLI::App& command, FitFlags& flags);
// May throw UsageError.
FitOptions fit_options(const FitFlags& flags, std::uint64_t seed);

}  // namespace clipcluster::cli
