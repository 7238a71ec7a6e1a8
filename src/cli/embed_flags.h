// Finding, decoding and embedding as command-line options, for embed and run.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/session.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {

struct EmbedFlags {
  EmbedOptions options;
  std::string precision = "auto";
  std::string device = "cpu";
  bool no_follow_links = false;
  bool fast_decode = false;
  CLI::Option* fast_decode_given = nullptr;
};

// All but the inputs.
void add_embed_flags(CLI::App& command, EmbedFlags& flags);
CLI::Option* add_precision(CLI::App& command, std::string& precision);
CLI::Option* add_model(CLI::App& command, std::string& folder);

// Where the towers run. There is one place so far; a wrong name is told what there is.
CLI::Option* add_device(CLI::App& command, std::string& device);

Precision precision_of(const std::string& name);
// With the model's folder found; `former_model` as for model_folder.
Result<EmbedOptions> embed_options(const EmbedFlags& flags, const std::string& former_model,
                                   Session& session);

}  // namespace clipcluster::cli
