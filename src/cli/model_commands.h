// The parts of `clipcluster model` that have files of their own.
#pragma once

#include "cli/commands.h"

namespace clipcluster::cli {

Command make_model_bench(CLI::App& model, CommonOptions& common);
Command make_model_check(CLI::App& model, CommonOptions& common);

}  // namespace clipcluster::cli
