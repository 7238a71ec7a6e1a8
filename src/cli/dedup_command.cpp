#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/json_text.h"
#include "cli/outputs.h"
#include "cli/text_format.h"
#include "cli/usage_error.h"
#include "clipcluster/array_files.h"
#include "clipcluster/dedup.h"

namespace clipcluster::cli {
namespace {

struct DedupFlags {
  std::string project;
  std::string keep = "largest";
  std::string export_file;
  DedupOptions options;
  bool forget = false;
};

Json json_of(const DuplicateFile& file) {
  Json json = Json::object();
  set_path(json, file.path);
  json["width"] = file.width;
  json["height"] = file.height;
  json["bytes"] = file.bytes;
  json["agreement"] = file.agreement;
  json["exact"] = file.exact;
  return json;
}

Json json_of(const DuplicateGroup& group) {
  Json copies = Json::array();
  for (const DuplicateFile& copy : group.copies) copies.push_back(json_of(copy));
  return {{"kept", json_of(group.kept)}, {"copies", std::move(copies)}};
}

// One group a line, for scripts.
std::string json_lines(const std::vector<DuplicateGroup>& groups) {
  std::string text;
  for (const DuplicateGroup& group : groups) text += json_line(json_of(group)) + "\n";
  return text;
}

std::string table(const DedupSummary& summary) {
  std::string text;
  for (const DuplicateGroup& group : summary.groups) {
    text += fmt::format("keep  {}  ({} x {})\n", group.kept.path, group.kept.width, group.kept.height);
    for (const DuplicateFile& copy : group.copies) {
      const std::string likeness =
          copy.exact ? std::string("same") : fmt::format("{:.0f}%", copy.agreement * 100.0);
      text += fmt::format("{:>5} {}  ({} x {})\n", likeness, copy.path, copy.width, copy.height);
    }
    text += "\n";
  }
  text += fmt::format("{} and {} in {}, among {} different images",
                      counted(summary.copies, "near-duplicate", "near-duplicates"),
                      counted(summary.exact, "exact copy", "exact copies"),
                      counted(summary.groups.size(), "group", "groups"), grouped(summary.images));
  return text;
}

Result<ExitCode> run_dedup(DedupFlags flags, Session& session) {
  if (flags.forget) {
    CLIPCLUSTER_RETURN_IF_ERROR(forget_duplicates(flags.project));
    return session.finish({{"project", flags.project}, {"forgotten", true}},
                          "near-duplicates are forgotten; the next run clusters all images");
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(flags.options.keep, parse_keep_rule(flags.keep));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const DedupSummary summary,
                               dedup_project(flags.project, flags.options, session.progress()));
  if (!flags.export_file.empty()) {
    CLIPCLUSTER_RETURN_IF_ERROR(write_file(flags.export_file, json_lines(summary.groups)));
  }
  if (summary.copies > 0) {
    session.note(fmt::format(
        "'clipcluster run -o {}' now clusters the kept images; their copies follow them", flags.project));
  }
  Json groups = Json::array();
  for (const DuplicateGroup& group : summary.groups) groups.push_back(json_of(group));
  return session.answer({{"project", flags.project},
                         {"images", summary.images},
                         {"copies", summary.copies},
                         {"exact", summary.exact},
                         {"keep", flags.keep},
                         {"agreement", flags.options.duplicates.agreement},
                         {"groups", std::move(groups)}},
                        table(summary));
}

}  // namespace

Command make_dedup_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<DedupFlags>();
  CLI::App* app = program.add_subcommand(
      "dedup", "Find copies that were encoded again, resized, cropped a little, framed or marked");
  app->add_option("PROJECT", flags->project, "Folder of the project")->required();
  add_choice(*app, "--keep", flags->keep,
             "Which of a group stays: the largest, the oldest or the one with the shortest path",
             {"largest", "oldest", "shortest-path"});
  app->add_option("--agreement", flags->options.duplicates.agreement,
                  "Share of a picture, 0.5 to 1, that copies must have in common")
      ->type_name("X")
      ->capture_default_str();
  app->add_option("--export", flags->export_file, "Where to write the groups, one JSON object a line")
      ->type_name("FILE");
  app->add_flag("--forget", flags->forget, "Forget the groups: the next run clusters all images again");
  add_common_options(*app, common);
  add_example(*app, "clipcluster dedup pictures --keep oldest --export groups.jsonl");
  return {app, [flags](Session& session) { return run_dedup(*flags, session); }};
}

}  // namespace clipcluster::cli
