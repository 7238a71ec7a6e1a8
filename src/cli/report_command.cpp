#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/text_format.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {
namespace {

struct ReportFlags {
  std::string project;
  std::string folder;
  std::string title;
};

Result<ExitCode> run_report(const ReportFlags& flags, Session& session) {
  namespace fs = std::filesystem;
  const std::string folder =
      flags.folder.empty() ? (fs::path(flags.project) / "page").string() : flags.folder;
  CLIPCLUSTER_RETURN_IF_ERROR(report_project(flags.project, folder, flags.title, session.progress()));
  const std::string page = (fs::path(folder) / "index.html").string();
  return session.finish({{"project", flags.project}, {"page", page}},
                        fmt::format("page in {}: {}", seconds_text(session.seconds()), page));
}

}  // namespace

Command make_report_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<ReportFlags>();
  CLI::App* app = program.add_subcommand("report", "The page of a project, again");
  app->add_option("PROJECT", flags->project, "Folder of the project")->required();
  app->add_option("-o,--output", flags->folder, "Folder of the page (default PROJECT/page)")
      ->type_name("FOLDER");
  app->add_option("--title", flags->title, "Title of the page (default the project's name)")
      ->type_name("TEXT");
  add_common_options(*app, common);
  add_example(*app, "clipcluster report pictures -o page");
  return {app, [flags](Session& session) { return run_report(*flags, session); }};
}

}  // namespace clipcluster::cli
