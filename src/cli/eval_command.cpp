#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/page_again.h"
#include "cli/text_format.h"
#include "clipcluster/pipeline.h"

namespace clipcluster::cli {
namespace {

struct EvalFlags {
  std::string project;
  std::string labels;
  bool no_page = false;
};

Json json_of(const ClusteringScores& scores) {
  return {{"ari", scores.adjusted_rand_index},
          {"ami", scores.adjusted_mutual_information},
          {"nmi", scores.normalized_mutual_information},
          {"purity", scores.purity},
          {"count", scores.count}};
}

Json json_of(const Evaluation& evaluation) {
  return {{"with_noise", json_of(evaluation.with_noise)},
          {"without_noise", json_of(evaluation.without_noise)},
          {"noise_share", evaluation.noise_share},
          {"clusters", evaluation.clusters},
          {"classes", evaluation.classes}};
}

Json json_of(const Reliability& reliability) {
  Json bins = Json::array();
  for (const ReliabilityBin& bin : reliability.bins) {
    bins.push_back({{"confidence", bin.confidence}, {"accuracy", bin.accuracy}, {"count", bin.count}});
  }
  return {{"expected_calibration_error", reliability.expected_calibration_error},
          {"bins", std::move(bins)}};
}

std::string text_of(const Reliability& reliability) {
  std::string text = fmt::format("\n\n{:>10} {:>9} {:>9}\n", "confidence", "accuracy", "images");
  for (const ReliabilityBin& bin : reliability.bins)
    text += fmt::format("{:>10.3f} {:>9.3f} {:>9}\n", bin.confidence, bin.accuracy, grouped(bin.count));
  return text + fmt::format("expected calibration error {:.3f}", reliability.expected_calibration_error);
}

// Where the page of `run` is, it should show the reliability of the confidences. The numbers stand whether
// or not it does.
bool show_reliability(const EvalFlags& flags, const ProjectEvaluation& evaluation, Session& session) {
  if (!evaluation.reliability) return false;
  const Status kept = remember_reliability(flags.project, evaluation);
  if (kept.is_ok() && flags.no_page) return false;
  const Result<bool> written = kept.is_ok() ? page_again(flags.project, session) : kept;
  if (written.is_ok()) return *written;
  session.note("the page does not show these confidences: " + written.status().message());
  return false;
}

std::string row(const std::string& name, const ClusteringScores& scores) {
  return fmt::format("{:<26} {:>6.3f} {:>6.3f} {:>6.3f} {:>7.3f} {:>9}\n", name, scores.adjusted_rand_index,
                     scores.adjusted_mutual_information, scores.normalized_mutual_information,
                     scores.purity, grouped(scores.count));
}

std::string table(const ProjectEvaluation& evaluation) {
  std::string text =
      fmt::format("{:<26} {:>6} {:>6} {:>6} {:>7} {:>9}\n", "", "ARI", "AMI", "NMI", "purity", "compared");
  text += row("noise as a cluster", evaluation.scores.with_noise);
  text += row("without noise", evaluation.scores.without_noise);
  if (evaluation.held_out) {
    text += row("held out, noise a cluster", evaluation.held_out->with_noise);
    text += row("held out, without noise", evaluation.held_out->without_noise);
  }
  text +=
      fmt::format("noise {}, {}, {}", percent(evaluation.scores.noise_share),
                  counted(static_cast<std::uint64_t>(evaluation.scores.clusters), "cluster", "clusters"),
                  counted(static_cast<std::uint64_t>(evaluation.scores.classes), "class", "classes"));
  if (evaluation.held_out)
    text += fmt::format("; held out: noise {}", percent(evaluation.held_out->noise_share));
  return evaluation.reliability ? text + text_of(*evaluation.reliability) : text;
}

Result<ExitCode> run_eval(const EvalFlags& flags, Session& session) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectEvaluation evaluation,
                               evaluate_project(flags.project, flags.labels));
  if (evaluation.unlabelled > 0) {
    session.note(fmt::format("{} of the project without a class: left out",
                             counted(evaluation.unlabelled, "image", "images")));
  }
  if (evaluation.unmatched > 0) {
    session.note(fmt::format("{} of '{}' matched no image of the project",
                             counted(evaluation.unmatched, "line", "lines"), flags.labels));
  }
  const bool page = show_reliability(flags, evaluation, session);
  return session.answer(
      {{"project", flags.project},
       {"labels", flags.labels},
       {"scores", json_of(evaluation.scores)},
       {"held_out", evaluation.held_out ? json_of(*evaluation.held_out) : Json()},
       {"reliability", evaluation.reliability ? json_of(*evaluation.reliability) : Json()},
       {"unlabelled", evaluation.unlabelled},
       {"unmatched", evaluation.unmatched},
       {"page_written", page}},
      table(evaluation));
}

}  // namespace

Command make_eval_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<EvalFlags>();
  CLI::App* app = program.add_subcommand("eval", "Compare the clusters of a project with known classes");
  app->add_option("PROJECT", flags->project, "Folder of the project")->required();
  app->add_option("--labels", flags->labels,
                  "'folders': the class of an image is the folder it lies in; or a CSV file with the "
                  "columns path,label")
      ->required()
      ->type_name("folders|FILE.csv");
  app->add_flag("--no-page", flags->no_page, "Do not write the project's page again");
  add_common_options(*app, common);
  add_example(*app, "clipcluster eval pictures --labels folders");
  return {app, [flags](Session& session) { return run_eval(*flags, session); }};
}

}  // namespace clipcluster::cli
