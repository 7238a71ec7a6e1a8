#include <fmt/format.h>

#include <memory>

#include "cli/array_input.h"
#include "cli/commands.h"
#include "cli/fit_flags.h"
#include "cli/path_list.h"
#include "cli/run_report.h"
#include "cli/text_format.h"
#include "cli/tuned_options.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {
namespace {

struct FitCommandFlags {
  std::string embeddings;
  std::string list;
  std::string project;
  FitFlags fit;
};

Result<std::vector<std::string>> row_names(const FitCommandFlags& flags, std::size_t rows) {
  if (flags.list.empty()) return std::vector<std::string>();
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<std::string> names, read_path_list(flags.list));
  if (names.size() == rows) return names;
  return Status::invalid_argument(fmt::format("'{}' has {}, but '{}' has {}; give one line for each row",
                                              flags.list, counted(names.size(), "line", "lines"),
                                              flags.embeddings, counted(rows, "row", "rows")));
}

Result<ExitCode> run_fit(const FitCommandFlags& flags, Session& session) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto embeddings, read_points<float>(flags.embeddings));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const FitOptions options,
                               fit_options_for(flags.project, flags.fit, session, embeddings));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto names, row_names(flags, embeddings.rows()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const RunSummary summary, fit_embeddings(flags.project, embeddings, names,
                                                                        options, session.progress()));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectInfo info, project_info(flags.project));
  Json result = {{"project", flags.project}};
  result.update(to_json(summary, info.clusters));
  return session.finish(std::move(result), to_text(summary, info.clusters, "rows"));
}

}  // namespace

Command make_fit_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<FitCommandFlags>();
  CLI::App* app = program.add_subcommand("fit", "A project from an array of embeddings, without images");
  app->add_option("--embeddings", flags->embeddings, "Embeddings, a .npy array [n, d]")
      ->required()
      ->type_name("FILE");
  app->add_option("--list", flags->list, "Name of each row, one a line, as embed --list writes it")
      ->type_name("FILE");
  app->add_option("-o,--output", flags->project, "Folder of the project")->required()->type_name("PROJECT");
  add_fit_flags(*app, flags->fit);
  add_common_options(*app, common);
  add_example(*app, "clipcluster fit --embeddings E.npy --list files.txt -o project");
  return {app, [flags](Session& session) { return run_fit(*flags, session); }};
}

}  // namespace clipcluster::cli
