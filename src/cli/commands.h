// One function per subcommand: declares it and its options on `program` and gives what runs it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <vector>

#include "cli/options.h"
#include "cli/session.h"
#include "clipcluster/status.h"

namespace clipcluster::cli {

struct Command {
  CLI::App* app = nullptr;
  // May throw UsageError.
  std::function<Result<ExitCode>(Session&)> run;
};

Command make_run_command(CLI::App& program, CommonOptions& common);
Command make_assign_command(CLI::App& program, CommonOptions& common);
Command make_report_command(CLI::App& program, CommonOptions& common);
Command make_info_command(CLI::App& program, CommonOptions& common);
Command make_eval_command(CLI::App& program, CommonOptions& common);
Command make_dedup_command(CLI::App& program, CommonOptions& common);
Command make_name_command(CLI::App& program, CommonOptions& common);
Command make_search_command(CLI::App& program, CommonOptions& common);
Command make_refine_command(CLI::App& program, CommonOptions& common);
Command make_compare_command(CLI::App& program, CommonOptions& common);
Command make_tune_command(CLI::App& program, CommonOptions& common);
Command make_fit_command(CLI::App& program, CommonOptions& common);
Command make_model_command(CLI::App& program, CommonOptions& common);
Command make_embed_command(CLI::App& program, CommonOptions& common);
Command make_text_command(CLI::App& program, CommonOptions& common);
Command make_knn_command(CLI::App& program, CommonOptions& common);
Command make_pca_command(CLI::App& program, CommonOptions& common);
Command make_umap_command(CLI::App& program, CommonOptions& common);
Command make_tsne_command(CLI::App& program, CommonOptions& common);
Command make_hdbscan_command(CLI::App& program, CommonOptions& common);

}  // namespace clipcluster::cli
