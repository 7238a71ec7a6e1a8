// Files to clusters, in a project folder.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clipcluster/pipeline.h"
#include "clipcluster/version.h"
#include "pipeline/distinct_images.h"
#include "pipeline/fit_project.h"
#include "pipeline/machine.h"
#include "pipeline/model.h"
#include "pipeline/near_duplicates.h"
#include "pipeline/options_json.h"
#include "pipeline/paths.h"
#include "pipeline/project_embedder.h"
#include "pipeline/project_space.h"
#include "pipeline/run_counts.h"
#include "pipeline/selection.h"
#include "pipeline/slice_origin.h"

namespace clipcluster {
namespace {

using internal::StepClock;

constexpr const char* kInputs = "inputs";

void note(const RunOptions& options, const std::string& sentence) {
  if (options.note) options.note(sentence);
}

// Those of the last run where none are given.
Result<std::vector<std::string>> inputs_of(const Project& project, const std::vector<std::string>& given) {
  if (!given.empty()) return internal::absolute_paths(given);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> last, project.setting(kInputs));
  if (last && !last->empty()) return internal::unpack_paths(*last);
  return Status::invalid_argument("no files or folders are given, and '" + project.folder() +
                                  "' has none from an earlier run.");
}

// Pictures of the project itself (the page, say) must not become part of it.
void leave_out_own_files(const std::string& project, FindResult& found) {
  const std::string inside = project + "/";
  std::erase_if(found.files, [&](const FoundFile& file) { return file.path.starts_with(inside); });
  std::erase_if(found.skipped, [&](const SkippedFile& file) { return file.path.starts_with(inside); });
}

Status note_skipped(Project& project, const std::vector<SkippedFile>& skipped) {
  std::vector<CheckpointImage> images;
  for (const SkippedFile& file : skipped) {
    CheckpointImage entry;
    entry.image.path = file.path;
    entry.image.skip_reason = skip_reason_name(file.reason);
    entry.image.skip_message = file.message;
    images.push_back(std::move(entry));
  }
  return images.empty() ? Status() : project.checkpoint({}, images);
}

void add_reading(const internal::ProjectEmbedder& embedder, RunSummary& summary) {
  summary.embedded += embedder.embedded();
  summary.files_read += embedder.files_read();
  summary.bytes_read += embedder.bytes_read();
}

Status set_present(Project& project, const FindResult& found) {
  std::vector<std::string> paths;
  for (const FoundFile& file : found.files) paths.push_back(file.path);
  for (const SkippedFile& file : found.skipped) paths.push_back(file.path);
  return project.set_present(paths);
}

Status check_options(const RunOptions& options) {
  if (options.thumbnail_side < 1 || options.thumbnail_side > 256) {
    return Status::invalid_argument(
        fmt::format("the thumbnail side is {}; it must be between 1 and 256", options.thumbnail_side));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(internal::check_selection(options));
  return internal::check_fit_options(options.fit);
}

// Takes what meets the conditions, and says so.
Status select_files(const internal::StoredSelection& selection, const internal::Selector& selector,
                    const RunOptions& options, FindResult& found, RunSummary& summary) {
  if (selection.where.empty() && selection.metadata.empty()) return {};
  summary.selection.emplace();
  CLIPCLUSTER_RETURN_IF_ERROR(selector.select(found, *summary.selection));
  for (const std::string& sentence : internal::selection_sentences(selection, *summary.selection))
    note(options, sentence);
  return {};
}

Result<std::int64_t> start_run(Project& project, const RunOptions& options,
                               const std::vector<std::string>& inputs,
                               const internal::StoredSelection& selection) {
  auto json = internal::embed_options_json(options.embed);
  json["inputs"] = inputs;
  if (!selection.where.empty()) json["where"] = selection.where;
  if (!selection.metadata.empty()) json["metadata"] = selection.metadata;
  json["thumbnail_side"] = options.thumbnail_side;
  json["fit"] = internal::fit_options_json(options.fit);
  ProjectRun run;
  run.command = "run";
  run.options = internal::dump(json);
  run.program_version = version();
  run.machine = internal::machine_description();
  return project.start_run(run);
}

// Brings the embeddings up to date. The model is loaded only if something needs it.
Status embed_files(Project& project, const RunOptions& options, const FindResult& found, StepClock& clock,
                   RunSummary& summary, Progress& progress) {
  const EmbedOptions& embed = options.embed;
  internal::EmbedderOptions embedder_options{embed.decode, options.thumbnail_side};
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool has_space, internal::has_wanted_space(project, embed));
  if (has_space) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(embedder_options.decode.fast_decode_side,
                                 internal::fast_decode_side(project));
    internal::ProjectEmbedder embedder(project, embedder_options);
    CLIPCLUSTER_RETURN_IF_ERROR(embedder.look_at(found.files));
    CLIPCLUSTER_RETURN_IF_ERROR(embedder.try_without_model(progress));
    add_reading(embedder, summary);
    if (!embedder.needs_model()) return {};
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(const ClipModel model, clock.time("loading the model", 1, [&] {
    return internal::load_image_tower(embed.model_folder, embed.precision);
  }));
  CLIPCLUSTER_RETURN_IF_ERROR(internal::take_space(project, model, embed, options.note));
  CLIPCLUSTER_ASSIGN_OR_RETURN(embedder_options.decode.fast_decode_side,
                               internal::fast_decode_side(project));
  internal::ProjectEmbedder embedder(project, embedder_options);
  CLIPCLUSTER_RETURN_IF_ERROR(embedder.look_at(found.files));
  CLIPCLUSTER_RETURN_IF_ERROR(
      clock.time("embedding", embedder.files_to_read(), [&] { return embedder.embed(model, progress); }));
  add_reading(embedder, summary);
  return {};
}

// From files to embeddings; the counts of the files go into `summary`.
Status embed_step(Project& project, const RunOptions& options, const FindResult& found, StepClock& clock,
                  RunSummary& summary, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(embed_files(project, options, found, clock, summary, progress));
  CLIPCLUSTER_RETURN_IF_ERROR(note_skipped(project, found.skipped));
  CLIPCLUSTER_RETURN_IF_ERROR(set_present(project, found));
  CLIPCLUSTER_RETURN_IF_ERROR(internal::count_files(project, summary));
  summary.reused = summary.distinct - std::min(summary.distinct, summary.embedded);
  summary.other_files = found.other_files;
  return {};
}

// Keeps the project's groups of near-duplicates up to date, if it has been asked for them.
Status dedup_step(Project& project, const RunOptions& options, StepClock& clock, Progress& progress) {
  std::optional<DedupOptions> wanted = options.dedup;
  if (!wanted) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const auto stored, internal::read_duplicates(project));
    if (stored) wanted = stored->options;
  }
  if (!wanted) return {};
  return clock.time("near-duplicates", 1, [&]() -> Status {
    return internal::update_duplicates(project, *wanted, progress).status();
  });
}

}  // namespace

Result<RunSummary> run_project(const std::string& folder, const RunOptions& options, Progress& progress) {
  CLIPCLUSTER_RETURN_IF_ERROR(check_options(options));
  CLIPCLUSTER_ASSIGN_OR_RETURN(Project project, Project::open_for_writing(folder, ProjectKind::images));
  for (const std::string& sentence : project.recovered()) note(options, sentence);
  CLIPCLUSTER_RETURN_IF_ERROR(internal::refuse_slice(project));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::string> inputs,
                               inputs_of(project, options.embed.inputs));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::StoredSelection selection,
                               internal::selection_for(project, options));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::Selector selector, internal::Selector::make(selection));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t run, start_run(project, options, inputs, selection));
  CLIPCLUSTER_RETURN_IF_ERROR(project.set_setting(kInputs, internal::pack_paths(inputs)));
  CLIPCLUSTER_RETURN_IF_ERROR(internal::store_selection(project, selection));

  StepClock clock(project, run);
  RunSummary summary;
  CLIPCLUSTER_ASSIGN_OR_RETURN(FindResult found, clock.time("finding files", inputs.size(), [&] {
    return find_images(inputs, options.embed.find, progress);
  }));
  leave_out_own_files(project.folder(), found);
  CLIPCLUSTER_RETURN_IF_ERROR(select_files(selection, selector, options, found, summary));
  CLIPCLUSTER_RETURN_IF_ERROR(embed_step(project, options, found, clock, summary, progress));
  if (summary.distinct == 0) {
    return Status::not_found(fmt::format("no usable image in {} ({} files skipped, {} other files).",
                                         fmt::join(inputs, ", "), summary.skipped, summary.other_files));
  }
  CLIPCLUSTER_RETURN_IF_ERROR(dedup_step(project, options, clock, progress));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const internal::ProjectFitOutcome fit,
                               internal::fit_project(project, options.fit, clock, progress));
  internal::add_fit(fit, summary);
  summary.steps = clock.steps();
  CLIPCLUSTER_RETURN_IF_ERROR(project.finish_run(run));
  return summary;
}

}  // namespace clipcluster
