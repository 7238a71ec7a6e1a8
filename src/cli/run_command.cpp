#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/embed_flags.h"
#include "cli/fit_flags.h"
#include "cli/run_report.h"
#include "cli/text_format.h"
#include "cli/tuned_options.h"
#include "cli/usage_error.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {
namespace {

struct RunFlags {
  std::string project;
  EmbedFlags embed;
  FitFlags fit;
  std::vector<std::string> where;
  bool no_where = false;
  std::string metadata;
  bool dedup = false;
  std::string keep;
  int thumbnail_side = 256;
  bool no_page = false;
};

// A project keeps its model unless another is asked for: a change embeds everything again.
std::string former_model(const std::string& folder) {
  const Result<Project> project = Project::open(folder);
  return project.is_ok() && project->space() ? project->space()->model_folder : "";
}

// Before a folder is made for a project that could not hold anything.
void require_inputs(const RunFlags& flags) {
  if (!flags.embed.options.inputs.empty()) return;
  if (Project::open(flags.project).status().code() != ErrorCode::not_found) return;
  throw UsageError(fmt::format(
      "'{}' is not a project yet; give the folders or files that it should be made of", flags.project));
}

void add_selection(const RunFlags& flags, RunOptions& options) {
  if (flags.no_where && !flags.where.empty()) throw UsageError("--where and --no-where exclude each other");
  if (flags.no_where || !flags.where.empty()) options.where = flags.where;
  if (!flags.metadata.empty()) options.metadata = flags.metadata;
}

Status add_dedup(const RunFlags& flags, RunOptions& options) {
  if (!flags.keep.empty() && !flags.dedup) {
    throw UsageError("--keep says which of several near-duplicates stays; give --dedup with it");
  }
  if (!flags.dedup) return {};
  options.dedup.emplace();
  if (flags.keep.empty()) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.dedup->keep, parse_keep_rule(flags.keep));
  return {};
}

Result<RunOptions> run_options(const RunFlags& flags, Session& session) {
  RunOptions options;
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.embed,
                               embed_options(flags.embed, former_model(flags.project), session));
  CLIPCLUSTER_ASSIGN_OR_RETURN(options.fit, fit_options_for(flags.project, flags.fit, session));
  add_selection(flags, options);
  CLIPCLUSTER_RETURN_IF_ERROR(add_dedup(flags, options));
  options.thumbnail_side = flags.thumbnail_side;
  options.note = [&session](const std::string& sentence) { session.note(sentence); };
  return options;
}

// The path of the page, empty when none was asked for.
Result<std::string> write_page(const RunFlags& flags, Session& session) {
  if (flags.no_page) return std::string();
  const std::string folder = (std::filesystem::path(flags.project) / "page").string();
  CLIPCLUSTER_RETURN_IF_ERROR(report_project(flags.project, folder, "", session.progress()));
  return (std::filesystem::path(folder) / "index.html").string();
}

Result<ExitCode> run_run(const RunFlags& flags, Session& session) {
  require_inputs(flags);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const RunOptions options, run_options(flags, session));
  CLIPCLUSTER_ASSIGN_OR_RETURN(RunSummary summary, run_project(flags.project, options, session.progress()));
  const double fitted = session.seconds();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string page, write_page(flags, session));
  if (!page.empty()) summary.steps.push_back({"page", session.seconds() - fitted, summary.distinct});
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectInfo info, project_info(flags.project));
  Json result = {{"project", flags.project}, {"page", page.empty() ? Json() : Json(page)}};
  result.update(to_json(summary, info.clusters));
  std::string text = to_text(summary, info.clusters, "images");
  if (!page.empty()) text += fmt::format("\npage         {}", page);
  return session.finish(std::move(result), text,
                        summary.skipped > 0 ? ExitCode::some_skipped : ExitCode::done);
}

}  // namespace

Command make_run_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<RunFlags>();
  CLI::App* app = program.add_subcommand("run", "Folders of images to a project with clusters and a page");
  app->add_option("INPUT", flags->embed.options.inputs,
                  "Image files, folders, zip and tar archives (default: those of the last run)");
  app->add_option("-o,--output", flags->project, "Folder of the project; made, or brought up to date")
      ->required()
      ->type_name("PROJECT");
  app->add_option("--where", flags->where,
                  "Take only images for which NAME = PATTERN or NAME != PATTERN holds, path or a column of "
                  "--metadata, with * and ?; repeatable, all must hold (default without INPUT: as the last "
                  "run)")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  app->add_flag("--no-where", flags->no_where, "Take all images again");
  app->add_option("--metadata", flags->metadata,
                  "CSV file about the images, with a column path, for --where and info --by")
      ->type_name("FILE");
  add_embed_flags(*app, flags->embed);
  app->add_flag("--dedup", flags->dedup,
                "Cluster only one image of each group of near-duplicates; the others follow it (as dedup)")
      ->group("Images");
  add_choice(*app, "--keep", flags->keep, "With --dedup, which of a group stays (default: the largest)",
             {"largest", "oldest", "shortest-path"})
      ->group("Images");
  add_whole_number(*app, "--thumbnail-side", flags->thumbnail_side,
                   "Longer side of the thumbnails, in pixels", {1, 256})
      ->group("Images");
  app->add_flag("--no-page", flags->no_page, "Do not write PROJECT/page");
  add_fit_flags(*app, flags->fit);
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster run ~/Pictures -o pictures\n"
              "  clipcluster run posts -o cats --where 'path = cats/*' --where 'country = DE' --metadata "
              "posts.csv");
  return {app, [flags](Session& session) { return run_run(*flags, session); }};
}

}  // namespace clipcluster::cli
