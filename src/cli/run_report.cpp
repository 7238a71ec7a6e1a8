#include "cli/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "cli/noise_text.h"
#include "cli/skipped_files.h"
#include "cli/stability_text.h"
#include "cli/text_format.h"

namespace clipcluster::cli {
namespace {

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

// Of the points that were clustered: near-duplicates are none of their own.
double noise_share(const RunSummary& summary, const std::vector<ProjectCluster>& clusters) {
  std::size_t points = summary.noise;
  for (const ProjectCluster& cluster : clusters) points += static_cast<std::size_t>(cluster.size);
  return share(summary.noise, points);
}

std::string split_text(const SplitFigures& split) {
  return fmt::format(
      "held out     {} of {}: noise {} (fitted ones {}), mean probability {:.3f} ({:.3f}),\n"
      "             agreement with a fit on everything: ARI {:.3f} ({:.3f})\n",
      grouped(split.held_out), grouped(split.held_out + split.training),
      percent(split.held_out_noise_share), percent(split.training_noise_share),
      split.held_out_mean_probability, split.training_mean_probability, split.agreement_held_out,
      split.agreement_training);
}

std::string files_text(const RunSummary& summary) {
  std::string text;
  if (summary.duplicates > 0) {
    text += fmt::format("duplicates   {}, {} of them byte for byte\n",
                        counted(summary.duplicates, "file", "files"), grouped(summary.duplicates_by_bytes));
  }
  if (summary.skipped > 0) {
    text += fmt::format("skipped      {}: {}\n", counted(summary.skipped, "file", "files"),
                        reasons_text(summary.skipped_by_reason));
  }
  return text;
}

// Of what this run read; what an earlier run had embedded counts neither as images nor as time.
double images_per_second(const RunSummary& summary) {
  double seconds = 0;
  std::uint64_t images = 0;
  for (const StepTiming& step : summary.steps) {
    if (step.name != "embedding") continue;
    seconds += step.seconds;
    images += step.items;
  }
  return seconds > 0 ? static_cast<double>(images) / seconds : 0.0;
}

std::string reading_text(const RunSummary& summary) {
  if (summary.files_read == 0) return "";
  return fmt::format("read         {}, {}, {:.1f} images/s\n", counted(summary.files_read, "file", "files"),
                     bytes_text(summary.bytes_read), images_per_second(summary));
}

// The largest first. Weak names end with a question mark.
std::string names_text(const std::vector<ProjectCluster>& clusters) {
  constexpr std::size_t shown = 8;
  std::vector<const ProjectCluster*> named;
  for (const ProjectCluster& cluster : clusters) {
    if (!cluster.name.empty()) named.push_back(&cluster);
  }
  if (named.empty()) return "";
  std::stable_sort(named.begin(), named.end(),
                   [](const ProjectCluster* a, const ProjectCluster* b) { return a->size > b->size; });
  std::string text;
  for (std::size_t i = 0; i < std::min(named.size(), shown); ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", named[i]->name,
                        grouped(static_cast<std::uint64_t>(named[i]->size)));
  }
  if (named.size() > shown) text += fmt::format(", and {} more", grouped(named.size() - shown));
  return fmt::format("names        {}\n", text);
}

std::string noise_text(const NoiseFigures& figures) {
  std::string text;
  if (!figures.tiers.empty()) text += fmt::format("tiers        {}\n", tiers_text(figures));
  if (!figures.reasons.empty()) text += fmt::format("reasons      {}\n", reasons_text(figures));
  return text;
}

}  // namespace

Json to_json(const std::vector<StepTiming>& steps) {
  Json list = Json::array();
  for (const StepTiming& step : steps) {
    list.push_back({{"step", step.name}, {"seconds", step.seconds}, {"items", step.items}});
  }
  return list;
}

Json to_json(const std::vector<ProjectCluster>& clusters) {
  Json list = Json::array();
  for (std::size_t label = 0; label < clusters.size(); ++label) {
    const ProjectCluster& cluster = clusters[label];
    list.push_back({{"cluster", label},
                    {"name", cluster.name.empty() ? Json() : Json(cluster.name)},
                    {"size", cluster.size},
                    {"persistence", cluster.persistence}});
  }
  return list;
}

Json to_json(const SplitFigures& split) {
  return {{"training", split.training},
          {"held_out", split.held_out},
          {"training_noise_share", split.training_noise_share},
          {"held_out_noise_share", split.held_out_noise_share},
          {"training_mean_probability", split.training_mean_probability},
          {"held_out_mean_probability", split.held_out_mean_probability},
          {"agreement_training", split.agreement_training},
          {"agreement_held_out", split.agreement_held_out}};
}

Json to_json(const SelectionFigures& selection) {
  return {{"found", selection.found},
          {"taken", selection.taken},
          {"without_metadata", selection.without_metadata},
          {"repeated_lines", selection.repeated_lines}};
}

Json to_json(const RunSummary& summary, const std::vector<ProjectCluster>& clusters) {
  return {{"files", summary.files},
          {"distinct", summary.distinct},
          {"embedded", summary.embedded},
          {"reused", summary.reused},
          {"duplicates", summary.duplicates},
          {"duplicates_by_bytes", summary.duplicates_by_bytes},
          {"skipped", summary.skipped},
          {"skipped_by_reason", summary.skipped_by_reason},
          {"other_files", summary.other_files},
          {"files_read", summary.files_read},
          {"bytes_read", summary.bytes_read},
          {"images_per_second", images_per_second(summary)},
          {"clusters", to_json(clusters)},
          {"noise", summary.noise},
          {"noise_share", noise_share(summary, clusters)},
          {"tiers", summary.noise_figures.tiers},
          {"noise_reasons", summary.noise_figures.reasons},
          {"noise_groups", summary.noise_figures.groups},
          {"consensus", to_json(summary.consensus)},
          {"min_cluster_size", summary.min_cluster_size},
          {"fit_reused", summary.fit_reused},
          {"split", summary.split ? to_json(*summary.split) : Json()},
          {"selection", summary.selection ? to_json(*summary.selection) : Json()},
          {"steps", to_json(summary.steps)}};
}

std::string sizes_text(const std::vector<ProjectCluster>& clusters) {
  constexpr std::size_t shown = 12;
  std::vector<std::int64_t> sizes;
  sizes.reserve(clusters.size());
  for (const ProjectCluster& cluster : clusters) sizes.push_back(cluster.size);
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  std::string text;
  for (std::size_t i = 0; i < std::min(sizes.size(), shown); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : " ", grouped(static_cast<std::uint64_t>(sizes[i])));
  }
  if (sizes.size() > shown)
    text += fmt::format(" ... {}", grouped(static_cast<std::uint64_t>(sizes.back())));
  return text;
}

std::string steps_text(const std::vector<StepTiming>& steps) {
  std::string text;
  for (const StepTiming& step : steps) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", step.name, seconds_text(step.seconds));
  }
  return text;
}

std::string to_text(const RunSummary& summary, const std::vector<ProjectCluster>& clusters,
                    const std::string& unit) {
  std::string text =
      fmt::format("{:<12} {}, {} of them distinct, {} embedded by this run\n", unit, grouped(summary.files),
                  grouped(summary.distinct), grouped(summary.embedded));
  if (unit == "rows") text = fmt::format("{:<12} {}\n", unit, grouped(summary.files));
  text += fmt::format("clusters     {}{}{} (min-cluster-size {}{})\n", grouped(clusters.size()),
                      clusters.empty() ? "" : ", of ", clusters.empty() ? "" : sizes_text(clusters),
                      summary.min_cluster_size, summary.fit_reused ? ", fit unchanged" : "");
  text += names_text(clusters);
  text += fmt::format("noise        {} {} ({})\n", grouped(summary.noise), unit,
                      percent(noise_share(summary, clusters)));
  if (summary.consensus) text += fmt::format("stability    {}\n", stability_text(*summary.consensus));
  text += noise_text(summary.noise_figures);
  text += files_text(summary) + reading_text(summary);
  if (summary.split) text += split_text(*summary.split);
  return text + fmt::format("time         {}", steps_text(summary.steps));
}

}  // namespace clipcluster::cli
