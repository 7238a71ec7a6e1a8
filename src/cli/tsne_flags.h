// TsneOptions as command-line options, for tsne, run and fit.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "clipcluster/pca.h"
#include "clipcluster/tsne.h"

namespace clipcluster::cli {

struct TsneFlags {
  TsneOptions options;
  std::string init = "pca";
  std::string method = "automatic";
};

// What is t-SNE's alone: all but the number of components, the metric and the learning rate, which have
// the names of UMAP's.
void add_tsne_flags(CLI::App& command, TsneFlags& flags, const std::string& init_name);

// "automatic", "exact" or "randomized".
SvdSolver svd_solver_of(const std::string& name);

// Without those three.
TsneOptions tsne_options(const TsneFlags& flags, std::uint64_t seed);

}  // namespace clipcluster::cli
