#include "pipeline/how_it_was_made.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/number_text.h"
#include "pipeline/options_json.h"

namespace clipcluster::internal {
namespace {

// "2026-11-23T14:52:24Z" as "2026-11-23 14:52:24 UTC".
std::string time_text(const std::string& iso_8601) {
  if (iso_8601.size() != 20 || iso_8601[10] != 'T' || iso_8601.back() != 'Z') return iso_8601;
  return iso_8601.substr(0, 10) + " " + iso_8601.substr(11, 8) + " UTC";
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100.0 * share); }

std::string value_text(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : dump(value);
}

ReportSection counts_section(const FittedProject& fitted) {
  std::size_t skipped = 0;
  std::map<std::string, std::size_t> formats;
  for (const ProjectImage& image : fitted.images) {
    skipped += image.skipped() ? 1U : 0U;
    if (!image.skipped() && !image.format.empty()) ++formats[image.format];
  }
  const std::size_t files = fitted.images.size() - skipped;
  std::size_t noise = 0;
  for (const ProjectPoint& point : fitted.fit.points) noise += point.label < 0 ? 1U : 0U;

  const std::size_t points = fitted.points.size();
  std::size_t exact = 0;
  std::size_t near = 0;
  for (const FittedPoint& point : fitted.points) {
    exact += point.exact_copies;
    for (const FittedNearDuplicate& copy : point.near_duplicates) near += 1 + copy.copies.size();
  }
  ReportSection section{"Counts", {}};
  const bool images = fitted.project->kind() == ProjectKind::images;
  section.rows.emplace_back(images ? "Files used" : "Rows", grouped(files));
  section.rows.emplace_back(images ? "Pictures clustered" : "Different rows", grouped(points));
  section.rows.emplace_back(images ? "Exact copies of these" : "Repeated rows", grouped(exact));
  if (near > 0) section.rows.emplace_back("Near-duplicates of these", grouped(near));
  section.rows.emplace_back("Skipped files", grouped(skipped));
  section.rows.emplace_back("Clusters", grouped(fitted.fit.clusters.size()));
  section.rows.emplace_back(
      "In no cluster (noise)",
      fmt::format("{} ({})", grouped(noise),
                  percent(points == 0 ? 0.0 : static_cast<double>(noise) / static_cast<double>(points))));
  for (const auto& [format, count] : formats)
    section.rows.emplace_back("Files of format " + format, grouped(count));
  return section;
}

ReportSection model_section(const EmbeddingSpace& space) {
  return {"Model",
          {{"Checkpoint folder", space.model_folder},
           {"Fingerprint", space.fingerprint},
           {"Arithmetic", space.precision},
           {"Numbers in an embedding", grouped(space.size)}}};
}

ReportSection options_section(const ProjectFit& fit) {
  ReportSection section{"Options of the fit", {}};
  const auto options = parse(fit.options);
  for (const auto& [name, value] : options.items()) section.rows.emplace_back(name, value_text(value));
  const auto figures = parse(fit.figures);
  const auto used = figures.find("min_cluster_size");
  if (used != figures.end()) section.rows.emplace_back("min_cluster_size used", value_text(*used));
  return section;
}

ReportSection split_section(const SplitFigures& split) {
  return {"Held-out images",
          {{"Fitted on", grouped(split.training)},
           {"Held out", grouped(split.held_out)},
           {"Noise among the fitted", percent(split.training_noise_share)},
           {"Noise among the held-out", percent(split.held_out_noise_share)},
           {"Mean probability, fitted", fmt::format("{:.3f}", split.training_mean_probability)},
           {"Mean probability, held out", fmt::format("{:.3f}", split.held_out_mean_probability)},
           {"Agreement with a fit on everything, fitted (ARI)",
            fmt::format("{:.3f}", split.agreement_training)},
           {"Agreement with a fit on everything, held out (ARI)",
            fmt::format("{:.3f}", split.agreement_held_out)}}};
}

// Names of steps are written small for a line of text; here each begins one.
std::string step_title(std::string name) {
  if (name == "umap") return "UMAP";
  if (name == "pca") return "PCA";
  if (name == "tsne") return "t-SNE";
  if (name == "tsne map") return "t-SNE in two dimensions, for the map";
  if (name == "hdbscan") return "HDBSCAN";
  if (name == "map") return "UMAP in two dimensions, for the map";
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

ReportSection run_section(const ProjectRun& run) {
  ReportSection section{"Run of " + time_text(run.started), {}};
  section.rows.emplace_back("Program", "clipcluster " + run.program_version);
  section.rows.emplace_back("Machine", run.machine);
  section.rows.emplace_back("Finished", run.finished.empty() ? "not finished" : time_text(run.finished));
  double total = 0.0;
  for (const StepTiming& step : run.steps) {
    section.rows.emplace_back(step_title(step.name), seconds_text(step.seconds));
    total += step.seconds;
  }
  if (!run.steps.empty()) section.rows.emplace_back("All steps together", seconds_text(total));
  return section;
}

}  // namespace

Result<std::vector<ReportSection>> how_it_was_made(const FittedProject& fitted) {
  std::vector<ReportSection> sections;
  sections.push_back(counts_section(fitted));
  if (fitted.project->kind() == ProjectKind::images)
    sections.push_back(model_section(*fitted.project->space()));
  sections.push_back(options_section(fitted.fit));
  const auto figures = parse(fitted.fit.figures);
  if (figures.contains("split")) sections.push_back(split_section(split_from_json(figures["split"])));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<ProjectRun> runs, fitted.project->runs());
  // The newest first; a project that runs every night must not fill the page.
  constexpr std::size_t kShownRuns = 5;
  for (std::size_t i = runs.size(); i > 0 && runs.size() - i < kShownRuns; --i) {
    sections.push_back(run_section(runs[i - 1]));
  }
  return sections;
}

}  // namespace clipcluster::internal
