#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/hierarchy_text.h"
#include "cli/noise_text.h"
#include "cli/run_report.h"
#include "cli/skipped_files.h"
#include "cli/stability_text.h"
#include "cli/text_format.h"
#include "cli/usage_error.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/slices.h"

namespace clipcluster::cli {
namespace {

// The catalogue keeps options and figures as JSON text.
Json parsed(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json(text) : value;
}

Json json_of(const EmbeddingSpace& space) {
  return {{"model", space.model_folder},
          {"model_fingerprint", space.fingerprint},
          {"precision", space.precision},
          {"size", space.size}};
}

Json json_of(const ProjectRun& run) {
  return {{"command", run.command},
          {"started", run.started},
          {"finished", run.finished.empty() ? Json() : Json(run.finished)},
          {"program_version", run.program_version},
          {"machine", run.machine},
          {"options", parsed(run.options)},
          {"steps", cli::to_json(run.steps)}};
}

struct InfoFlags {
  std::string project;
  bool tree = false;
  bool noise = false;
  std::string by;
  std::string metadata;
};

Json json_of(const SliceOrigin& slice) {
  return {{"parent", slice.parent}, {"clusters", slice.clusters}, {"other", slice.noise}};
}

Json clusters_json(const ProjectInfo& info) {
  Json clusters = cli::to_json(info.clusters);
  const std::vector<Json> parents = parents_of_clusters(info);
  for (std::size_t label = 0; label < clusters.size(); ++label) clusters[label]["parent"] = parents[label];
  return clusters;
}

Json json_of(const ProjectInfo& info) {
  Json runs = Json::array();
  for (const ProjectRun& run : info.runs) runs.push_back(json_of(run));
  return {{"project", info.folder},
          {"kind", project_kind_name(info.kind)},
          {"format_version", info.format_version},
          {"bytes_on_disk", info.bytes_on_disk},
          {"embedding", info.space ? json_of(*info.space) : Json()},
          {"inputs", info.inputs},
          {"where", info.where},
          {"metadata", info.metadata.empty() ? Json() : Json(info.metadata)},
          {"slice", info.slice ? json_of(*info.slice) : Json()},
          {"files", info.files},
          {"distinct", info.distinct},
          {"duplicates", info.duplicates},
          {"waiting", info.waiting},
          {"skipped", info.skipped},
          {"skipped_by_reason", info.skipped_by_reason},
          {"formats", info.formats},
          {"fitted", info.fitted},
          {"training", info.training},
          {"held_out", info.held_out},
          {"noise", info.noise},
          {"tiers", info.noise_figures.tiers},
          {"noise_reasons", info.noise_figures.reasons},
          {"noise_groups", info.noise_figures.groups},
          {"consensus", cli::to_json(info.consensus)},
          {"clusters", clusters_json(info)},
          {"hierarchy", cli::to_json(info.hierarchy)},
          {"fit_options", parsed(info.fit_options)},
          {"fit_figures", parsed(info.fit_figures)},
          {"runs", std::move(runs)}};
}

std::string line(const std::string& name, const std::string& text) {
  return fmt::format("{:<12} {}\n", name, text);
}

// "pictures: clusters 3, 7 and what is in none"
std::string slice_text(const SliceOrigin& slice) {
  std::string parts;
  if (!slice.clusters.empty()) {
    parts = fmt::format("{} {}", slice.clusters.size() == 1 ? "cluster" : "clusters",
                        fmt::join(slice.clusters, ", "));
  }
  if (slice.noise) parts += parts.empty() ? "what is in no cluster" : " and what is in none";
  return slice.parent + ": " + parts;
}

std::string about_files(const ProjectInfo& info) {
  std::string text;
  if (!info.inputs.empty()) text += line("inputs", fmt::format("{}", fmt::join(info.inputs, ", ")));
  if (!info.where.empty()) text += line("where", fmt::format("{}", fmt::join(info.where, " and ")));
  if (!info.metadata.empty()) text += line("metadata", info.metadata);
  if (info.slice) text += line("slice of", slice_text(*info.slice));
  text += line("files", fmt::format("{}, {} of them distinct, {} duplicates", grouped(info.files),
                                    grouped(info.distinct), grouped(info.duplicates)));
  if (!info.formats.empty()) text += line("formats", reasons_text(info.formats));
  if (info.skipped > 0) {
    text +=
        line("skipped", fmt::format("{}: {}", grouped(info.skipped), reasons_text(info.skipped_by_reason)));
  }
  if (info.waiting > 0) {
    text += line("waiting", fmt::format("{} not embedded yet; clipcluster run goes on with them",
                                        counted(info.waiting, "image", "images")));
  }
  return text;
}

std::string about_model(const ProjectInfo& info) {
  if (!info.space) return "";
  const EmbeddingSpace& space = *info.space;
  if (space.model_folder.empty()) return line("embeddings", fmt::format("{} columns", space.size));
  return line("embeddings",
              fmt::format("{} columns, {}, by {}", space.size, space.precision, space.model_folder));
}

std::string about_clusters(const ProjectInfo& info) {
  if (!info.fitted) return line("clusters", "none yet");
  const auto points = static_cast<double>(std::max<std::size_t>(1, info.training + info.held_out));
  std::string text = line("clusters", fmt::format("{}", info.clusters.size()));
  text += line("noise", fmt::format("{} ({})", grouped(info.noise),
                                    percent(static_cast<double>(info.noise) / points)));
  if (info.consensus) text += line("stability", stability_text(*info.consensus));
  if (!info.noise_figures.tiers.empty()) text += line("tiers", tiers_text(info.noise_figures));
  if (!info.noise_figures.reasons.empty())
    text += line("reasons", reasons_text(info.noise_figures) + " (--noise lists them)");
  if (info.held_out > 0)
    text += line("held out",
                 fmt::format("{} of {}", grouped(info.held_out), grouped(info.training + info.held_out)));
  return text;
}

// "PCA to 50 columns, then UMAP to 5"
std::string about_reduction(const ProjectInfo& info) {
  const Json options = parsed(info.fit_options);
  if (!info.fitted || !options.is_object()) return "";
  const std::string reducer = options.value("reducer", "umap");  // older projects know no other
  const int before = options.value("pca_components", 0);
  std::string text = before > 0 ? fmt::format("PCA to {} columns, then ", before) : "";
  text += reducer == "tsne" ? "t-SNE" : reducer == "pca" ? "PCA" : "UMAP";
  text += fmt::format(" to {}", options.value("n_components", 0));
  return line("reduced by", before > 0 ? text : text + " columns");
}

std::string cluster_table(const ProjectInfo& info, bool all) {
  constexpr std::size_t shown = 20;
  if (info.clusters.empty()) return "";
  std::vector<std::size_t> order(info.clusters.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return info.clusters[a].size > info.clusters[b].size;
  });
  std::string text = fmt::format("\n{:>8} {:>9} {:>12}  {}\n", "cluster", "size", "persistence", "name");
  const std::size_t count = all ? order.size() : std::min(order.size(), shown);
  for (std::size_t i = 0; i < count; ++i) {
    const ProjectCluster& cluster = info.clusters[order[i]];
    text +=
        fmt::format("{:>8} {:>9} {:>12.3f}  {}\n", order[i],
                    grouped(static_cast<std::uint64_t>(cluster.size)), cluster.persistence, cluster.name);
  }
  if (count < order.size())
    text += fmt::format("{:>8} and {} smaller ones; -v lists them all\n", "", order.size() - count);
  return text;
}

std::string about_runs(const ProjectInfo& info) {
  std::string text;
  for (const ProjectRun& run : info.runs) {
    text += fmt::format("\n{} at {}, clipcluster {}, {}{}\n", run.command, run.started, run.program_version,
                        run.machine, run.finished.empty() ? "; was stopped" : "");
    for (const StepTiming& step : run.steps) {
      text += fmt::format("  {:<24} {:>12}  {:>9}\n", step.name, seconds_text(step.seconds),
                          grouped(step.items));
    }
  }
  return text;
}

std::string table(const ProjectInfo& info, bool verbose) {
  std::string text =
      line("project", fmt::format("{} ({}, format {}, {})", info.folder, project_kind_name(info.kind),
                                  info.format_version, bytes_text(info.bytes_on_disk)));
  text += about_files(info) + about_model(info) + about_reduction(info) + about_clusters(info) +
          cluster_table(info, verbose) + about_runs(info);
  if (verbose && info.fitted)
    text += fmt::format("\nfit options  {}\nfit figures  {}\n", info.fit_options, info.fit_figures);
  text.pop_back();
  return text;
}

Result<ExitCode> show_values(const InfoFlags& flags, Session& session) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ValueCounts counts,
                               count_values(flags.project, flags.by, flags.metadata));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectInfo info, project_info(flags.project));
  Json result = {{"project", info.folder}};
  result.update(cli::to_json(counts, info.clusters));
  return session.answer(std::move(result), cli::to_text(counts, info.clusters, session.common().verbose));
}

Result<ExitCode> show_noise(const InfoFlags& flags, Session& session) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectNoise noise, project_noise(flags.project));
  return session.answer(cli::to_json(noise), cli::to_text(noise));
}

Result<ExitCode> run_info(const InfoFlags& flags, Session& session) {
  if (flags.noise && (flags.tree || !flags.by.empty()))
    throw UsageError("--noise goes with neither --tree nor --by");
  if (flags.noise) return show_noise(flags, session);
  if (flags.tree && !flags.by.empty()) throw UsageError("--tree and --by exclude each other");
  if (flags.by.empty() && !flags.metadata.empty()) throw UsageError("--metadata goes with --by COLUMN");
  if (!flags.by.empty()) return show_values(flags, session);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ProjectInfo info, project_info(flags.project));
  return session.answer(json_of(info),
                        flags.tree ? hierarchy_text(info) : table(info, session.common().verbose));
}

}  // namespace

Command make_info_command(CLI::App& program, CommonOptions& common) {
  const auto flags = std::make_shared<InfoFlags>();
  CLI::App* app =
      program.add_subcommand("info", "What is in a project, how it was made, how long each step took");
  app->add_option("PROJECT", flags->project, "Folder of the project")->required();
  app->add_flag("--tree", flags->tree, "How the clusters lie in each other, as a tree");
  app->add_flag("--noise", flags->noise,
                "Every image that HDBSCAN left in no cluster: why, which clusters are nearest, and which "
                "groups of them could be clusters");
  app->add_option("--by", flags->by,
                  "How often each value of this column of the metadata is in each cluster; folder is the "
                  "folder of the file")
      ->type_name("COLUMN");
  app->add_option("--metadata", flags->metadata,
                  "CSV file with a column path, for --by (default: the one of the last run)")
      ->type_name("FILE");
  add_common_options(*app, common);
  add_example(*app,
              "clipcluster info pictures\n  clipcluster info pictures --by country --metadata posts.csv");
  return {app, [flags](Session& session) { return run_info(*flags, session); }};
}

}  // namespace clipcluster::cli
