// Near-duplicates in a project: finding them, and what follows from it. The method is in duplicates.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "clipcluster/duplicates.h"
#include "clipcluster/progress.h"
#include "clipcluster/status.h"

namespace clipcluster {

// Which picture of a group stays. Ties: more pixels, more bytes, older, shorter path, path.
enum class KeepRule {
  largest,        // most pixels
  oldest,         // earliest time of modification
  shortest_path,  // fewest bytes in its path
};
const char* keep_rule_name(KeepRule rule);  // "largest", "oldest", "shortest-path"
Result<KeepRule> parse_keep_rule(std::string_view name);

struct DedupOptions {
  DuplicateOptions duplicates;
  KeepRule keep = KeepRule::largest;
};

struct DuplicateFile {
  std::string path;
  int width = 0;
  int height = 0;
  std::uint64_t bytes = 0;
  double agreement = 1.0;  // with the kept one
  bool exact = false;      // the same bytes or pixels as the kept one, or as a near-duplicate in the group
};

struct DuplicateGroup {
  DuplicateFile kept;
  std::vector<DuplicateFile> copies;  // most alike first; never empty
};

struct DedupSummary {
  std::size_t images = 0;              // distinct ones looked at
  std::vector<DuplicateGroup> groups;  // largest first; every file that is a copy is in one
  std::size_t copies = 0;              // near-duplicates: distinct images in all groups, but for the kept
  std::size_t exact = 0;               // files with the bytes or pixels of another
};

// Finds the near-duplicates of a project's images and notes them in it. From then on `run_project` keeps
// the note up to date, clusters the kept images only, gives each copy the label of the one it follows, and
// never holds a copy out of a fit that sees its original. not_found when images wait for embedding, or
// there are none; unsupported for a project of vectors.
Result<DedupSummary> dedup_project(const std::string& folder, const DedupOptions& options,
                                   Progress& progress = Progress::none());
// The next run clusters all of them again.
Status forget_duplicates(const std::string& folder);

}  // namespace clipcluster
