#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/fit_flags.h"
#include "cli/json_text.h"
#include "cli/run_report.h"
#include "cli/text_format.h"
#include "cli/usage_error.h"
#include "clipcluster/slices.h"

namespace clipcluster::cli {
namespace {

namespace fs = std::filesystem;

struct RefineFlags {
  std::string project;
  std::string folder;
  std::vector<std::string> clusters;
  bool other = false;
  bool no_page = false;
  FitFlags fit;
};

std::string slice_text(const SliceOrigin& origin) {
  std::string text;
  for (const std::int32_t label : origin.clusters)
    text += fmt::format("{}{}", text.empty() ? "cluster " : " + ", label);
  if (origin.noise) text += text.empty() ? "in no cluster" : " + in no cluster";
  return text;
}

// The path of the page, empty when none was asked for.
Result<std::string> write_page(const RefineFlags& flags, const RefineSummary& summary, Session& session) {
  if (flags.no_page) return std::string();
  const fs::path folder = fs::path(summary.folder) / "page";
  const std::string title =
      fs::path(summary.origin.parent).filename().string() + ", " + slice_text(summary.origin);
  CLIPCLUSTER_RETURN_IF_ERROR(report_project(summary.folder, folder.string(), title, session.progress()));
  return (folder / "index.html").string();
}

Result<ExitCode> run_refine(const RefineFlags& flags, Session& session) {
  if (flags.clusters.empty() && !flags.other)
    throw UsageError("which cluster? give --cluster N or NAME, or --other for what is in no cluster");
  RefineOptions options;
  options.clusters = flags.clusters;
  options.noise = flags.other;
  options.fit = fit_options(flags.fit, session.common().seed);
  options.note = [&session](const std::string& sentence) { session.note(sentence); };
  CLIPCLUSTER_ASSIGN_OR_RETURN(RefineSummary summary,
                               refine_project(flags.project, flags.folder, options, session.progress()));
  const double fitted = session.seconds();
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string page, write_page(flags, summary, session));
  if (!page.empty())
    summary.run.steps.push_back({"page", session.seconds() - fitted, summary.run.distinct});
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectInfo info, project_info(summary.folder));
  Json result = {{"project", summary.folder},
                 {"parent", summary.origin.parent},
                 {"parent_clusters", summary.origin.clusters},
                 {"parent_other", summary.origin.noise},
                 {"made", summary.made},
                 {"page", page.empty() ? Json() : Json(page)}};
  result.update(to_json(summary.run, info.clusters));
  std::string text =
      fmt::format("{:<12} {} of {}\n", "slice", slice_text(summary.origin), summary.origin.parent);
  text +=
      fmt::format("{:<12} {}{}\n", "project", summary.folder, summary.made ? "" : " (brought up to date)");
  text += to_text(summary.run, info.clusters, info.kind == ProjectKind::images ? "images" : "rows");
  if (!page.empty()) text += fmt::format("\npage         {}", page);
  return session.finish(std::move(result), text);
}

}  // namespace

Command make_refine_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<RefineFlags>();
  CLI::App* app = program.add_subcommand("refine", "A cluster clustered again, as a project of its own");
  app->add_option("PROJECT", flags->project, "Folder of the project")->required();
  app->add_option("--cluster", flags->clusters, "Label or name of the cluster; repeatable: all together")
      ->type_name("N|NAME")
      ->allow_extra_args(false);
  app->add_flag("--other", flags->other, "What is in no cluster, alone or beside --cluster");
  app->add_option("-o,--output", flags->folder,
                  "Folder of the new project; made, or brought up to date (default "
                  "PROJECT/slices/cluster-N)")
      ->type_name("FOLDER");
  app->add_flag("--no-page", flags->no_page, "Do not write the page of the new project");
  add_fit_flags(*app, flags->fit);
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster refine pictures --cluster 7\n"
              "  clipcluster refine pictures --cluster dogs --cluster cats -o pets --min-cluster-size 5");
  return {app, [flags](Session& session) { return run_refine(*flags, session); }};
}

}  // namespace clipcluster::cli
