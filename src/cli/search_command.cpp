#include <fmt/format.h>

#include <memory>

#include "cli/built_in_model.h"
#include "cli/commands.h"
#include "cli/embed_flags.h"
#include "cli/json_text.h"
#include "cli/path_list.h"
#include "cli/text_format.h"
#include "cli/usage_error.h"
#include "clipcluster/words.h"

namespace clipcluster::cli {
namespace {

struct SearchFlags {
  std::string project;
  std::vector<std::string> texts;
  std::vector<std::string> images;
  std::vector<int> clusters;
  std::vector<int> rows;
  std::string model;
  SearchOptions options;
  bool paths = false;
  bool null = false;
};

std::vector<SearchQuery> queries_of(const SearchFlags& flags) {
  using Kind = SearchQuery::Kind;
  std::vector<SearchQuery> queries;
  for (const std::string& text : flags.texts) queries.push_back({Kind::text, text, 0});
  for (const std::string& image : flags.images) queries.push_back({Kind::image, image, 0});
  for (const int cluster : flags.clusters) queries.push_back({Kind::cluster, "", cluster});
  for (const int row : flags.rows) queries.push_back({Kind::row, "", row});
  return queries;
}

Json json_of(const SearchQuery& query) {
  switch (query.kind) {
    case SearchQuery::Kind::text:
      return {{"text", query.text}};
    case SearchQuery::Kind::image: {
      Json image;
      set_path(image, query.text);
      return {{"image", std::move(image)}};
    }
    case SearchQuery::Kind::cluster:
      return {{"cluster", query.number}};
    case SearchQuery::Kind::row:
      return {{"row", query.number}};
  }
  return {};
}

Json json_of(const SearchHit& hit) {
  Json entry;
  set_path(entry, hit.path);
  entry["similarity"] = hit.similarity;
  entry["cluster"] = hit.label ? Json(*hit.label) : Json();
  entry["name"] = hit.name.empty() ? Json() : Json(hit.name);
  entry["probability"] = hit.label ? Json(hit.probability) : Json();
  Json& copies = entry["copies"] = Json::array();
  for (const std::string& path : hit.copies) {
    Json copy;
    set_path(copy, path);
    copies.push_back(std::move(copy));
  }
  return entry;
}

std::string title_of(const SearchQuery& query) {
  switch (query.kind) {
    case SearchQuery::Kind::text:
      return fmt::format("\"{}\"", query.text);
    case SearchQuery::Kind::image:
      return query.text;
    case SearchQuery::Kind::cluster:
      return fmt::format("cluster {}", query.number);
    case SearchQuery::Kind::row:
      return fmt::format("row {}", query.number);
  }
  return "";
}

std::string cluster_of(const SearchHit& hit) {
  if (!hit.label) return "not fitted";
  if (*hit.label < 0) return "noise";
  return hit.name.empty() ? fmt::format("cluster {}", *hit.label)
                          : fmt::format("{} {}", *hit.label, hit.name);
}

std::string table(const SearchAnswer& answer) {
  std::string text;
  for (const SearchHit& hit : answer.hits) {
    text += fmt::format("{:>7.3f}  {:<24} {}\n", hit.similarity, cluster_of(hit), hit.path);
    for (const std::string& copy : hit.copies)
      text += fmt::format("{:>7}  {:<24} {}\n", "", "same picture", copy);
  }
  return text;
}

ExitCode print_paths(const std::vector<SearchAnswer>& answers, bool null) {
  std::vector<std::string> paths;
  for (const SearchAnswer& answer : answers) {
    for (const SearchHit& hit : answer.hits) paths.push_back(hit.path);
  }
  const std::string list = format_path_list(paths, null);
  std::fwrite(list.data(), 1, list.size(), stdout);
  std::fflush(stdout);
  return ExitCode::done;
}

Result<ExitCode> run_search(const SearchFlags& flags, Session& session) {
  const std::vector<SearchQuery> queries = queries_of(flags);
  if (queries.empty()) {
    throw UsageError("what to search for? Give words, --image FILE, --cluster N or --row N");
  }
  if ((flags.paths || flags.null) && session.common().json)
    throw UsageError("--json and --paths exclude each other");
  SearchOptions options = flags.options;
  if (!flags.model.empty()) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(options.model_folder, named_model(flags.model));
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<SearchAnswer> answers,
                               search_project(flags.project, queries, options, session.progress()));
  if (flags.paths || flags.null) return print_paths(answers, flags.null);
  Json list = Json::array();
  std::string text;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Json hits = Json::array();
    for (const SearchHit& hit : answers[i].hits) hits.push_back(json_of(hit));
    list.push_back({{"query", json_of(queries[i])},
                    {"search_seconds", answers[i].seconds},
                    {"images", std::move(hits)}});
    if (answers.size() > 1) text += fmt::format("{}{}\n", i == 0 ? "" : "\n", title_of(queries[i]));
    text += table(answers[i]);
    session.detail(fmt::format("searched in {}", seconds_text(answers[i].seconds)));
  }
  if (!text.empty()) text.pop_back();
  return session.answer({{"project", flags.project}, {"queries", std::move(list)}}, text);
}

}  // namespace

Command make_search_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<SearchFlags>();
  CLI::App* app =
      program.add_subcommand("search", "The images nearest to words, to an image or to a cluster");
  app->add_option("PROJECT", flags->project, "Folder of the project")->required();
  app->add_option("WORDS", flags->texts, "What the images should show, as a text; each text is one query");
  app->add_option("--image", flags->images, "An image file, from the project or not; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app->add_option("--cluster", flags->clusters, "The centre of this cluster; repeatable")
      ->type_name("N")
      ->allow_extra_args(false);
  app->add_option("--row", flags->rows, "A row of a project made from embeddings; repeatable")
      ->type_name("N")
      ->allow_extra_args(false);
  add_whole_number(*app, "--top", flags->options.top, "How many images", {1, 1'000'000});
  app->add_flag("--paths", flags->paths, "Nothing but paths, one a line, for other programs");
  app->add_flag("-0,--null", flags->null, "As --paths, each path ended by a NUL byte (for xargs -0)");
  add_model(*app, flags->model)
      ->description("Where the project's CLIP checkpoint folder is now (default: where it was)");
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster search pictures \"red car\"\n"
              "  clipcluster search pictures --image new.jpg --top 5 --json\n"
              "  clipcluster search pictures --cluster 7 -0 | xargs -0 cp -t chosen/");
  return {app, [flags](Session& session) { return run_search(*flags, session); }};
}

}  // namespace clipcluster::cli
