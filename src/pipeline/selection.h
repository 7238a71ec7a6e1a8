// Which of the files that the inputs lead to a project takes: run --where and --metadata.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clipcluster/images.h"
#include "clipcluster/pipeline.h"
#include "clipcluster/project.h"
#include "clipcluster/status.h"
#include "pipeline/condition.h"
#include "pipeline/metadata.h"

namespace clipcluster::internal {

// As the project keeps it.
struct StoredSelection {
  std::vector<std::string> where;
  std::string metadata;  // absolute; empty for none
};

Result<StoredSelection> read_selection(const Project& project);
Status store_selection(Project& project, const StoredSelection& selection);

// What holds for this run: conditions that are not given are those of the last run, unless inputs are
// given, which start afresh; metadata that is not given stays.
Result<StoredSelection> selection_for(const Project& project, const RunOptions& options);

// Errors that can be told before a project is made.
Status check_selection(const RunOptions& options);

class Selector {
 public:
  // Reads the metadata if there is any. not_found, naming the columns, when a condition is about one that
  // is not there.
  static Result<Selector> make(const StoredSelection& selection);

  // Takes out of `found` what does not meet every condition. not_found, with counts, when nothing is left
  // of what was there.
  Status select(FindResult& found, SelectionFigures& figures) const;

 private:
  bool meets(const Condition& condition, const std::string& path) const;
  bool meets_all(const std::string& path) const;
  Status nothing_left(const FindResult& found, const SelectionFigures& figures) const;
  std::string values_of(const std::string& column) const;

  std::vector<Condition> conditions_;
  std::shared_ptr<const Metadata> metadata_;  // null for none
};

// "path = */cats/* and country = DE"
std::string conditions_text(const std::vector<std::string>& where);
// What `run` says of them: sentences, none when nothing was asked for.
std::vector<std::string> selection_sentences(const StoredSelection& selection,
                                             const SelectionFigures& figures);

}  // namespace clipcluster::internal
