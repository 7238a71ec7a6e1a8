#include "cli/skipped_files.h"

#include <fmt/format.h>

#include "cli/json_text.h"
#include "cli/text_format.h"

namespace clipcluster::cli {
namespace {

constexpr std::size_t shown_without_verbose = 5;

}  // namespace

std::string skipped_jsonl(std::span<const SkippedFile> skipped) {
  std::string text;
  for (const SkippedFile& file : skipped) {
    Json line;
    set_path(line, file.path);
    line["reason"] = skip_reason_name(file.reason);
    line["message"] = file.message;
    text += json_line(line) + "\n";
  }
  return text;
}

std::map<std::string, std::size_t> count_by_reason(std::span<const SkippedFile> skipped) {
  std::map<std::string, std::size_t> counts;
  for (const SkippedFile& file : skipped) ++counts[skip_reason_name(file.reason)];
  return counts;
}

std::string reasons_text(const std::map<std::string, std::size_t>& by_reason) {
  std::string text;
  for (const auto& [reason, count] : by_reason) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, grouped(count));
  }
  return text;
}

void note_skipped(std::span<const SkippedFile> skipped, Session& session) {
  const std::size_t shown =
      session.common().verbose ? skipped.size() : std::min(skipped.size(), shown_without_verbose);
  for (const SkippedFile& file : skipped.first(shown)) {
    session.note(
        fmt::format("skipped '{}' ({}): {}", file.path, skip_reason_name(file.reason), file.message));
  }
  if (shown < skipped.size()) {
    session.note(fmt::format("and {} more skipped; -v lists them all",
                             counted(skipped.size() - shown, "file", "files")));
  }
}

}  // namespace clipcluster::cli
