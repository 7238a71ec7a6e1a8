// Files that could not be used, for people and for programs.
#pragma once

#include <map>
#include <span>
#include <string>

#include "cli/session.h"
#include "clipcluster/images.h"

namespace clipcluster::cli {

// One JSON object a line: path, reason (skip_reason_name), message.
std::string skipped_jsonl(std::span<const SkippedFile> skipped);
std::map<std::string, std::size_t> count_by_reason(std::span<const SkippedFile> skipped);
// "corrupt 2, truncated 1"
std::string reasons_text(const std::map<std::string, std::size_t>& by_reason);
// Each one with -v; without, the first few and how many more.
void note_skipped(std::span<const SkippedFile> skipped, Session& session);

}  // namespace clipcluster::cli
