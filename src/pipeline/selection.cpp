#include "pipeline/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/number_text.h"
#include "pipeline/options_json.h"
#include "pipeline/paths.h"

namespace clipcluster::internal {
namespace {

// Both as lists of lines, which any bytes fit into.
constexpr const char* kWhere = "where";
constexpr const char* kMetadata = "metadata";

Result<std::vector<std::string>> read_lines(const Project& project, const char* name) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::optional<std::string> text, project.setting(name));
  return text && !text->empty() ? unpack_paths(*text) : std::vector<std::string>();
}

Status store_lines(Project& project, const char* name, const std::vector<std::string>& lines) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::string> former, read_lines(project, name));
  return former == lines ? Status() : project.set_setting(name, pack_paths(lines));
}

}  // namespace

Result<StoredSelection> read_selection(const Project& project) {
  StoredSelection selection;
  CLIPCLUSTER_ASSIGN_OR_RETURN(selection.where, read_lines(project, kWhere));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::vector<std::string> metadata, read_lines(project, kMetadata));
  if (!metadata.empty()) selection.metadata = metadata.front();
  return selection;
}

Status store_selection(Project& project, const StoredSelection& selection) {
  CLIPCLUSTER_RETURN_IF_ERROR(store_lines(project, kWhere, selection.where));
  return store_lines(project, kMetadata,
                     selection.metadata.empty() ? std::vector<std::string>()
                                                : std::vector<std::string>{selection.metadata});
}

Result<StoredSelection> selection_for(const Project& project, const RunOptions& options) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(StoredSelection selection, read_selection(project));
  if (options.where) {
    selection.where = *options.where;
  } else if (!options.embed.inputs.empty() && !selection.where.empty()) {
    if (options.note) {
      options.note(
          fmt::format("The condition of the last run ({}) no longer holds: inputs were given "
                      "without --where.",
                      conditions_text(selection.where)));
    }
    selection.where.clear();
  }
  if (options.metadata) selection.metadata = absolute_path(*options.metadata);
  return selection;
}

Status check_selection(const RunOptions& options) {
  if (options.metadata) {
    return Selector::make({options.where.value_or(std::vector<std::string>()), *options.metadata}).status();
  }
  for (const std::string& text : options.where.value_or(std::vector<std::string>())) {
    CLIPCLUSTER_RETURN_IF_ERROR(parse_condition(text).status());
  }
  return {};
}

Result<Selector> Selector::make(const StoredSelection& selection) {
  Selector selector;
  if (!selection.metadata.empty()) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(Metadata metadata, Metadata::read(selection.metadata));
    selector.metadata_ = std::make_shared<const Metadata>(std::move(metadata));
  }
  for (const std::string& text : selection.where) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(Condition condition, parse_condition(text));
    if (!condition.is_about_path()) {
      if (!selector.metadata_) {
        return Status::invalid_argument(
            "the condition '" + condition.text + "' is about the column '" + condition.name +
            "' of a CSV file; give it with --metadata FILE.csv, or write path = "
            "PATTERN");
      }
      CLIPCLUSTER_RETURN_IF_ERROR(selector.metadata_->column(condition.name).status());
    }
    selector.conditions_.push_back(std::move(condition));
  }
  return selector;
}

// Of an image without a line no column is known, so it meets no condition on one, != included.
bool Selector::meets(const Condition& condition, const std::string& path) const {
  if (condition.is_about_path()) return condition.holds_for_path(path);
  const Metadata::Line* line = metadata_->line_of(path);
  return line != nullptr && condition.holds_for((*line)[metadata_->column(condition.name).value()]);
}

bool Selector::meets_all(const std::string& path) const {
  return std::all_of(conditions_.begin(), conditions_.end(),
                     [&](const Condition& condition) { return meets(condition, path); });
}

Status Selector::select(FindResult& found, SelectionFigures& figures) const {
  figures.found = found.files.size();
  if (metadata_) {
    figures.repeated_lines = metadata_->repeated();
    figures.without_metadata = static_cast<std::size_t>(
        std::count_if(found.files.begin(), found.files.end(),
                      [&](const FoundFile& file) { return metadata_->line_of(file.path) == nullptr; }));
  }
  figures.taken = static_cast<std::size_t>(std::count_if(
      found.files.begin(), found.files.end(), [&](const FoundFile& file) { return meets_all(file.path); }));
  if (figures.taken == 0 && figures.found > 0) return nothing_left(found, figures);
  std::erase_if(found.files, [&](const FoundFile& file) { return !meets_all(file.path); });
  std::erase_if(found.skipped, [&](const SkippedFile& file) { return !meets_all(file.path); });
  return {};
}

std::string Selector::values_of(const std::string& column) const {
  constexpr std::size_t shown = 5;
  const std::vector<std::string> values = metadata_->frequent_values(column, shown + 1);
  if (values.empty()) return "";
  const std::size_t count = std::min(shown, values.size());
  return fmt::format(" ({} is there {}{})", column,
                     fmt::join(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count), ", "),
                     values.size() > shown ? ", ..." : "");
}

Status Selector::nothing_left(const FindResult& found, const SelectionFigures& figures) const {
  std::string counts;
  for (const Condition& condition : conditions_) {
    const auto met = static_cast<std::size_t>(
        std::count_if(found.files.begin(), found.files.end(),
                      [&](const FoundFile& file) { return meets(condition, file.path); }));
    counts += fmt::format("{}'{}' holds for {}{}", counts.empty() ? "" : ", ", condition.text, grouped(met),
                          met == 0 && !condition.is_about_path() ? values_of(condition.name) : "");
  }
  if (metadata_ && figures.without_metadata > 0) {
    counts +=
        fmt::format("; {} have no line in '{}'", grouped(figures.without_metadata), metadata_->file());
  }
  return Status::not_found(
      fmt::format("none of {} images meets every condition: {}.", grouped(figures.found), counts));
}

std::string conditions_text(const std::vector<std::string>& where) {
  return fmt::format("{}", fmt::join(where, " and "));
}

std::vector<std::string> selection_sentences(const StoredSelection& selection,
                                             const SelectionFigures& figures) {
  std::vector<std::string> sentences;
  if (!selection.where.empty()) {
    sentences.push_back(fmt::format("{} of {} images meet {}.", grouped(figures.taken),
                                    grouped(figures.found), conditions_text(selection.where)));
  }
  if (figures.without_metadata > 0) {
    sentences.push_back(fmt::format("{} of {} images have no line in '{}'.",
                                    grouped(figures.without_metadata), grouped(figures.found),
                                    selection.metadata));
  }
  if (figures.repeated_lines > 0) {
    sentences.push_back(fmt::format(
        "'{}' has {} for a path that an earlier line is for: not used.", selection.metadata,
        figures.repeated_lines == 1 ? std::string("1 line") : grouped(figures.repeated_lines) + " lines"));
  }
  return sentences;
}

}  // namespace clipcluster::internal
