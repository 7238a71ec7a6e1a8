#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>

#include "cli/built_in_model.h"
#include "cli/commands.h"
#include "cli/embed_flags.h"
#include "cli/names_text.h"
#include "cli/page_again.h"
#include "cli/text_format.h"
#include "cli/usage_error.h"
#include "clipcluster/model_store.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {
namespace {

namespace fs = std::filesystem;

struct NameFlags {
  std::string project;
  NameOptions options;
  std::string model;
  int cluster = -1;
  std::string set;
  bool clear = false;
  bool no_page = false;
};

// Beside the models: what was made by one of them may go with it.
std::string cache_folder() {
  const Result<std::string> models = model_store_folder();
  return models.is_ok() ? (fs::path(*models).parent_path() / "vocabularies").string() : "";
}

Result<ExitCode> say_names(const NameFlags& flags, const ClusterNames& names, Session& session) {
  bool page = false;
  if (!flags.no_page) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(page, page_again(flags.project, session));
  }
  return session.answer({{"project", flags.project},
                         {"vocabulary", names.vocabulary.empty() ? Json() : Json(names.vocabulary)},
                         {"vocabulary_size", names.vocabulary_size},
                         {"texts_embedded", names.embedded},
                         {"page_written", page},
                         {"clusters", to_json(names)}},
                        to_text(names));
}

Result<ExitCode> change_by_hand(const NameFlags& flags, Session& session) {
  if (!flags.set.empty()) {
    CLIPCLUSTER_RETURN_IF_ERROR(set_cluster_name(flags.project, flags.cluster, flags.set));
  } else {
    CLIPCLUSTER_RETURN_IF_ERROR(clear_cluster_names(
        flags.project, flags.cluster < 0 ? std::nullopt : std::optional<std::int32_t>(flags.cluster)));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClusterNames names, cluster_names(flags.project));
  return say_names(flags, names, session);
}

void check_flags(const CLI::App& app, const NameFlags& flags) {
  const bool sets = app.count("--set") > 0;
  if (sets && flags.clear) throw UsageError("--set and --clear exclude each other");
  if (sets && flags.set.empty()) throw UsageError("--set needs a name; --clear takes one away");
  if (sets && flags.cluster < 0) throw UsageError("--set needs --cluster N: which cluster?");
  if (flags.cluster >= 0 && !sets && !flags.clear)
    throw UsageError("--cluster goes with --set NAME or --clear");
  if (!sets && !flags.clear) return;
  for (const char* option : {"--vocabulary", "--template", "--model", "--top", "--overwrite"}) {
    if (app.count(option) > 0)
      throw UsageError(fmt::format("{} has no meaning beside --set and --clear", option));
  }
}

// One sentence where the words are at fault, not a cluster here and there.
void say_whether_words_fit(const NameFlags& flags, const ClusterNames& names, Session& session) {
  std::size_t senseless = 0;
  for (const NamedCluster& cluster : names.clusters)
    senseless += cluster.sense < flags.options.naming.weak_sense ? 1U : 0U;
  if (2 * senseless <= names.clusters.size()) return;
  session.note(fmt::format(
      "this model's words say little about these pictures: in {} of {} clusters the vocabulary does hardly "
      "better than one turned at random. Embed with a larger CLIP model (run --model), or name by hand "
      "(--cluster N --set NAME)",
      senseless, names.clusters.size()));
}

Result<ExitCode> run_name(const NameFlags& flags, Session& session) {
  if (!flags.set.empty() || flags.clear) return change_by_hand(flags, session);
  NameOptions options = flags.options;
  if (!flags.model.empty()) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(options.model_folder, named_model(flags.model));
  }
  options.cache_folder = cache_folder();
  options.naming.seed = session.common().seed;
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClusterNames names,
                               name_project(flags.project, options, session.progress()));
  say_whether_words_fit(flags, names, session);
  return say_names(flags, names, session);
}

}  // namespace

Command make_name_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<NameFlags>();
  CLI::App* app = program.add_subcommand("name", "Names for the clusters, in words");
  app->add_option("PROJECT", flags->project, "Folder of the project")->required();
  app->add_option("--vocabulary", flags->options.vocabulary_file,
                  "Names to choose from, one a line, UTF-8 (default: about 1,400 built-in ones)")
      ->type_name("FILE");
  app->add_option("--template", flags->options.templates,
                  "Sentence around a name, with {} in its place; repeatable, the vectors are averaged "
                  "(default: \"a photo of a {}\" and four others)")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  add_whole_number(*app, "--top", flags->options.naming.candidates,
                   "How many names to list for each cluster", {1, 100});
  add_model(*app, flags->model)
      ->description("Where the project's CLIP checkpoint folder is now (default: where it was)");
  app->add_flag("--overwrite", flags->options.overwrite, "Also names that were given by hand");
  add_whole_number(*app, "--cluster", flags->cluster, "The cluster that --set or --clear is about", {0});
  app->add_option("--set", flags->set, "Name the cluster by hand")->type_name("NAME");
  app->add_flag("--clear", flags->clear, "Take the cluster's name away; without --cluster, all names");
  app->add_flag("--no-page", flags->no_page, "Do not write the project's page again");
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster name pictures\n"
              "  clipcluster name pictures --vocabulary my-words.txt\n"
              "  clipcluster name pictures --cluster 7 --set \"holiday photos\"");
  return {app, [flags, app](Session& session) {
            check_flags(*app, *flags);
            return run_name(*flags, session);
          }};
}

}  // namespace clipcluster::cli
