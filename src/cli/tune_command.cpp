#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "cli/commands.h"
#include "cli/json_text.h"
#include "cli/page_again.h"
#include "cli/run_report.h"
#include "cli/text_format.h"
#include "cli/usage_error.h"
#include "clipcluster/array_files.h"
#include "clipcluster/tune.h"

namespace clipcluster::cli {
namespace {

struct TuneFlags {
  std::string project;
  TuneOptions options;
  std::string clusters;
  std::optional<int> use;
  std::string candidates_file;
  double most_noise = 1.0;
  bool forget = false;
  bool no_page = false;
};

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) return std::nullopt;
  return value;
}

// "10..30", "10..", "..30" or "12".
void take_clusters(const std::string& text, TuningWishes& wishes) {
  const std::size_t dots = text.find("..");
  const std::string first = text.substr(0, dots);
  const std::string last = dots == std::string::npos ? first : text.substr(dots + 2);
  wishes.fewest_clusters = whole_number(first);
  wishes.most_clusters = whole_number(last);
  const bool wrong = (!first.empty() && !wishes.fewest_clusters) ||
                     (!last.empty() && !wishes.most_clusters) || (first.empty() && last.empty());
  if (wrong) {
    throw UsageError(fmt::format(
        "--clusters is '{}'; give a number or a range of whole numbers from 1, as 10..30", text));
  }
  if (wishes.fewest_clusters && wishes.most_clusters && *wishes.most_clusters < *wishes.fewest_clusters) {
    throw UsageError(fmt::format("--clusters is '{}'; give the smaller number first", text));
  }
}

// Columns as wide as their widest cell; numbers read best aligned to the right.
std::string table(const TuneSummary& summary) {
  std::vector<std::vector<std::string>> rows = {tuning_columns()};
  rows.front().insert(rows.front().begin(), "");
  const std::size_t shown = std::min(kKeptCandidates, summary.result.candidates.size());
  for (std::size_t i = 0; i < shown; ++i) {
    rows.push_back(tuning_cells(summary.result.candidates[i]));
    rows.back().insert(rows.back().begin(), fmt::format("{}{}", i == summary.chosen ? "*" : "", i + 1));
  }
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) text += fmt::format("{:>{}}  ", row[c], widths[c]);
    text.resize(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

Json json_of(const TuningCandidate& candidate) {
  const ClusteringSetting& setting = candidate.setting;
  const TuningScores& scores = candidate.scores;
  return {{"score", scores.total},
          {"clusters", scores.clusters},
          {"noise_share", scores.noise_share},
          {"seed_stability", scores.seed_stability},
          {"subsample_stability", scores.subsample_stability},
          {"consensus", scores.consensus},
          {"validity", scores.validity},
          {"layout_silhouette", scores.layout_silhouette},
          {"original_silhouette", scores.original_silhouette},
          {"modularity", scores.modularity},
          {"neighbors_kept", scores.neighbors_kept},
          {"largest_share", scores.largest_share},
          {"wish_distance", scores.wish_distance},
          {"same", candidate.same},
          {"setting",
           {{"n_neighbors", setting.n_neighbors},
            {"min_dist", setting.min_dist},
            {"n_components", setting.n_components},
            {"min_cluster_size", setting.min_cluster_size},
            {"min_samples", setting.min_samples},
            {"cluster_selection_method", cluster_selection_method_name(setting.cluster_selection_method)},
            {"cluster_selection_epsilon", setting.cluster_selection_epsilon}}}};
}

Json json_of(const TuneSummary& summary, std::size_t shown) {
  Json candidates = Json::array();
  for (std::size_t i = 0; i < shown; ++i) candidates.push_back(json_of(summary.result.candidates[i]));
  Json json = {{"points", summary.points},
               {"tried", summary.result.tried},
               {"different", summary.result.different},
               {"planned_seconds", summary.result.plan.seconds},
               {"intrinsic_dimension", summary.result.intrinsic_dimension},
               {"by_validity", summary.result.by_validity},
               {"chosen", summary.chosen + 1},
               {"explanation", summary.explanation},
               {"candidates", std::move(candidates)}};
  if (summary.fitted) {
    json["former_clusters"] = summary.former_clusters;
    json["clusters"] = summary.fitted->clusters;
    json["noise"] = summary.fitted->noise;
    json["steps"] = cli::to_json(summary.fitted->steps);
  }
  return json;
}

std::string text_of(const TuneFlags& flags, const TuneSummary& summary) {
  std::string text = table(summary) + "\n" + summary.explanation;
  if (!summary.fitted) return text + "\nNothing was changed: this was a dry run.";
  if (summary.former_consensus_runs > 0) {
    text += fmt::format(
        "\nIt is a single fit, where the project had a consensus of {} runs; '--consensus {}' goes back to "
        "that.",
        summary.former_consensus_runs, summary.former_consensus_runs);
  }
  return text +
         fmt::format(
             "\nThe project is fitted with it, so its labels are new: {} (before: {}), {} in none. "
             "'clipcluster run -o {}' keeps to it; 'tune --use 2' takes the next, 'tune --forget' goes "
             "back.",
             counted(summary.fitted->clusters, "cluster", "clusters"), summary.former_clusters,
             grouped(summary.fitted->noise), flags.project);
}

// [candidates, points], for those who have labels to compare with.
Status write_candidates(const TuneFlags& flags, const TuneSummary& summary) {
  if (flags.candidates_file.empty()) return {};
  const std::vector<TuningCandidate>& candidates = summary.result.candidates;
  MatrixI labels(candidates.size(), summary.points);
  for (std::size_t i = 0; i < candidates.size(); ++i)
    std::copy(candidates[i].labels.begin(), candidates[i].labels.end(), labels.row(i));
  CLIPCLUSTER_RETURN_IF_ERROR(write_npy(flags.candidates_file, MatrixView<const std::int32_t>(labels)));
  std::string paths;
  for (const std::string& path : summary.paths) paths += path + "\n";
  return write_file(flags.candidates_file + ".txt", paths);
}

void check_flags(const CLI::App& app, const TuneFlags& flags) {
  if (flags.forget && flags.use) throw UsageError("--use and --forget exclude each other");
  if (!flags.forget && !flags.use) return;
  for (const char* option : {"--budget", "--clusters", "--max-noise", "--dry-run", "--candidates"}) {
    if (app.count(option) > 0)
      throw UsageError(
          fmt::format("{} has no meaning beside --use and --forget: nothing is searched", option));
  }
}

Result<ExitCode> run_tune(const CLI::App& app, TuneFlags flags, Session& session) {
  check_flags(app, flags);
  if (flags.forget) {
    CLIPCLUSTER_RETURN_IF_ERROR(forget_tuning(flags.project));
    return session.finish({{"project", flags.project}, {"forgotten", true}},
                          "the choice is forgotten; the next run goes by the usual options");
  }
  if (app.count("--clusters") > 0) take_clusters(flags.clusters, flags.options.wishes);
  if (app.count("--max-noise") > 0) flags.options.wishes.most_noise = flags.most_noise;
  if (app.count("--seed") > 0) flags.options.seed = session.common().seed;
  flags.options.keep_labels = !flags.candidates_file.empty();
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const TuneSummary summary,
      flags.use ? use_tuning(flags.project, static_cast<std::size_t>(*flags.use), session.progress())
                : tune_project(flags.project, flags.options, session.progress()));
  CLIPCLUSTER_RETURN_IF_ERROR(write_candidates(flags, summary));
  if (summary.fitted && !flags.no_page)
    CLIPCLUSTER_RETURN_IF_ERROR(page_again(flags.project, session).status());
  const std::size_t all = summary.result.candidates.size();
  Json result = {{"project", flags.project}, {"dry_run", flags.options.dry_run}};
  result.update(json_of(summary, flags.options.keep_labels ? all : std::min(all, kKeptCandidates)));
  return session.answer(std::move(result), text_of(flags, summary));
}

}  // namespace

Command make_tune_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<TuneFlags>();
  CLI::App* app =
      program.add_subcommand("tune", "Search for options that suit the project, and fit it with them");
  app->add_option("PROJECT", flags->project, "Folder of the project")->required();
  add_real_number(*app, "--budget", flags->options.budget,
                  "Seconds the search may take on two cores; decides how much is tried",
                  {.smallest = 0, .open_below = true});
  app->add_option("--clusters", flags->clusters, "How many clusters you want: 10..30, 10.., ..30 or 12")
      ->type_name("RANGE");
  add_real_number(*app, "--max-noise", flags->most_noise, "Share of images that may be in no cluster",
                  {.smallest = 0, .largest = 1});
  add_whole_number(*app, "--use", flags->use,
                   "Take this one of the candidates found before, 1 being the best; searches nothing", {1});
  app->add_flag("--forget", flags->forget, "Later runs go by the usual options again");
  app->add_flag("--dry-run", flags->options.dry_run, "Show the candidates and change nothing");
  app->add_option(
         "--candidates", flags->candidates_file,
         "Where to write the labels of all candidates, int32 [candidates, images], the best first; "
         "the images' paths go to FILE.txt, and --json lists all candidates")
      ->type_name("FILE");
  app->add_flag("--no-page", flags->no_page, "Do not write the project's page again");
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster tune pictures\n"
              "  clipcluster tune pictures --clusters 10..30 --max-noise 0.1\n"
              "  clipcluster tune pictures --use 2");
  return {app, [flags, app](Session& session) { return run_tune(*app, *flags, session); }};
}

}  // namespace clipcluster::cli
