#include <fmt/format.h>

#include <memory>

#include "base/cache_folder.h"
#include "cli/model_commands.h"
#include "cli/text_format.h"
#include "clipcluster/model_store.h"

namespace clipcluster::cli {
namespace {

struct GetFlags {
  std::string name;
  std::string folder;
  std::string revision = "main";
  bool replace = false;
};

Result<ExitCode> get(const GetFlags& flags, Session& session) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(DownloadModelOptions options, download_model_options());
  options.folder = flags.folder;
  options.revision = flags.revision;
  options.replace = flags.replace;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const DownloadedModel model,
                               download_model(flags.name, options, session.progress()));
  const Json result = {{"name", flags.name},           {"folder", model.folder},
                       {"was_there", model.was_there}, {"commit", model.commit},
                       {"bytes", model.bytes},         {"transferred", model.transferred}};
  if (model.was_there) {
    return session.finish(result, fmt::format("'{}' is there already, in '{}'; --replace gets it again",
                                              flags.name, model.folder));
  }
  return session.finish(
      result, fmt::format("'{}' ({}) is in '{}'", flags.name, bytes_text(model.bytes), model.folder));
}

Command make_get(CLI::App& model, CommonOptions& common) {
  const auto flags = std::make_shared<GetFlags>();
  CLI::App* app = model.add_subcommand("get", "Download a model from Hugging Face");
  app->add_option("NAME", flags->name, "OWNER/NAME of a CLIP checkpoint")->required();
  app->add_option("--dir", flags->folder, "Put the checkpoint into this folder, not among the others")
      ->type_name("FOLDER");
  app->add_option("--revision", flags->revision, "Branch, tag or commit")->capture_default_str();
  app->add_flag("--replace", flags->replace, "Download it again if it is there already");
  add_common_options(*app, common);
  add_example(
      *app,
      "clipcluster model get openai/clip-vit-base-patch32\n"
      "  clipcluster run ~/Pictures -o pictures --model openai/clip-vit-base-patch32\n\n"
      "Environment: HF_ENDPOINT (another server), HF_TOKEN (for models behind terms), https_proxy.\n"
      "What an interrupted download got is kept, and the next one goes on from there.");
  return {app, [flags](Session& session) { return get(*flags, session); }};
}

Result<ExitCode> list(Session& session) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string store, model_store_folder());
  const std::vector<StoredModel> stored = stored_models(store);
  Json here = Json::array();
  std::string table = stored.empty() ? fmt::format("no model has been downloaded to '{}' yet\n", store)
                                     : fmt::format("downloaded to '{}':\n", store);
  for (const StoredModel& model : stored) {
    here.push_back({{"name", model.name}, {"folder", model.folder}, {"bytes", model.bytes}});
    table += fmt::format("  {:<40} {:>9}\n", model.name, bytes_text(model.bytes));
  }
  Json known = Json::array();
  table += "known to work (clipcluster model get NAME):";
  for (const KnownModel& model : known_models()) {
    known.push_back({{"name", model.name}, {"description", model.description}});
    table += fmt::format("\n  {:<40} {}", model.name, model.description);
  }
  return session.answer({{"store", store}, {"downloaded", here}, {"known", known}}, table);
}

Command make_list(CLI::App& model, CommonOptions& common) {
  CLI::App* app = model.add_subcommand("list", "Which models are here, and which are known to work");
  add_common_options(*app, common);
  return {app, [](Session& session) { return list(session); }};
}

Result<ExitCode> where(const std::string& name, Session& session) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string store, model_store_folder());
  if (name.empty()) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string cache, internal::cache_home());
    return session.answer({{"folder", store}, {"cache", cache}}, store);
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string folder, find_model(name, store));
  return session.answer({{"name", name}, {"folder", folder}}, folder);
}

Command make_where(CLI::App& model, CommonOptions& common) {
  const auto name = std::make_shared<std::string>();
  CLI::App* app = model.add_subcommand("where", "The folder of downloaded models, or of one of them");
  app->add_option("NAME", *name, "A downloaded model");
  add_common_options(*app, common);
  return {app, [name](Session& session) { return where(*name, session); }};
}

}  // namespace

Command make_model_command(CLI::App& program, CommonOptions& common) {
  CLI::App* app =
      program.add_subcommand("model", "Get CLIP models, say where they are, check and time them");
  app->require_subcommand(1);
  const auto commands = std::make_shared<std::vector<Command>>();
  for (const auto make : {make_get, make_list, make_where, make_model_check, make_model_bench})
    commands->push_back(make(*app, common));
  return {app, [commands](Session& session) -> Result<ExitCode> {
            for (const Command& command : *commands) {
              if (command.app->parsed()) return command.run(session);
            }
            return ExitCode::wrong_usage;
          }};
}

}  // namespace clipcluster::cli
