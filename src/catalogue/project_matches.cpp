// Rows of the embeddings back to files, a few at a time: a search wants twenty of 150,000.
#include <cassert>
#include <unordered_map>
#include <utility>

#include "catalogue/project_parts.h"

namespace clipcluster {
namespace {

using internal::Database;
using internal::Statement;
using internal::Transaction;

struct Found {
  std::int64_t content = 0;
  ProjectMatch match;
};

Status add_paths(Statement& paths, std::int64_t content, ProjectMatch& match) {
  paths.bind(1, content);
  while (true) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, paths.next());
    if (!row) return {};
    match.paths.push_back(paths.text(0));
  }
}

Result<std::vector<Found>> find_files(Database& database, const char* order,
                                      std::span<const std::int64_t> rows) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement contents,
                               database.prepare("SELECT id FROM content WHERE embedding_row = ?"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement paths, database.prepare("SELECT path FROM image WHERE content = ? AND present ORDER BY " +
                                        std::string(order)));
  std::vector<Found> found;
  for (const std::int64_t row : rows) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool known, contents.bind(1, row).next());
    if (!known) continue;
    Found one{contents.integer(0), {}};
    one.match.embedding_row = row;
    CLIPCLUSTER_RETURN_IF_ERROR(contents.run());
    CLIPCLUSTER_RETURN_IF_ERROR(add_paths(paths, one.content, one.match));
    if (!one.match.paths.empty()) found.push_back(std::move(one));
  }
  return found;
}

// Points have no index by content: one pass over them is quicker than its upkeep would be.
Status add_labels(Database& database, std::vector<Found>& found) {
  std::unordered_map<std::int64_t, std::vector<ProjectMatch*>> by_content;
  for (Found& one : found) by_content[one.content].push_back(&one.match);
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement points,
      database.prepare(
          "SELECT content, label, probability FROM point WHERE fit = (SELECT max(id) FROM fit)"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement name,
                               database.prepare("SELECT name FROM cluster WHERE label = ? AND fit = "
                                                "(SELECT max(id) FROM fit)"));
  while (true) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, points.next());
    if (!row) return {};
    const auto wanted = by_content.find(points.integer(0));
    if (wanted == by_content.end()) continue;
    for (ProjectMatch* match : wanted->second) {
      match->label = static_cast<std::int32_t>(points.integer(1));
      match->probability = points.real(2);
      CLIPCLUSTER_ASSIGN_OR_RETURN(const bool named, name.bind(1, points.integer(1)).next());
      if (named) match->cluster_name = name.text(0);
      if (named) CLIPCLUSTER_RETURN_IF_ERROR(name.run());
    }
  }
}

}  // namespace

Result<std::vector<ProjectMatch>> Project::matches(std::span<const std::int64_t> embedding_rows) const {
  Transaction transaction(parts_->database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_reading());
  CLIPCLUSTER_ASSIGN_OR_RETURN(std::vector<Found> found,
                               find_files(parts_->database, parts_->image_order(), embedding_rows));
  if (!found.empty()) CLIPCLUSTER_RETURN_IF_ERROR(add_labels(parts_->database, found));
  std::vector<ProjectMatch> matches;
  matches.reserve(found.size());
  for (Found& one : found) matches.push_back(std::move(one.match));
  return matches;
}

}  // namespace clipcluster
