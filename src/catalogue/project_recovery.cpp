// What a writer does first: remove what a stopped one left behind, and put right what is damaged, so
// that the catalogue again says nothing that the files do not hold.
#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "catalogue/project_parts.h"

namespace clipcluster {

namespace fs = std::filesystem;
using internal::EmbeddingFile;
using internal::PosixFile;

Status Project::Parts::recover() {
  CLIPCLUSTER_RETURN_IF_ERROR(recover_embeddings());
  CLIPCLUSTER_RETURN_IF_ERROR(recover_thumbnails());
  remove_leftovers();
  return {};
}

Status Project::Parts::forget_fit() {
  return database.execute("DELETE FROM point; DELETE FROM cluster; DELETE FROM fit;");
}

Status Project::Parts::recover_embeddings() {
  if (!space) return {};
  CLIPCLUSTER_ASSIGN_OR_RETURN(auto statement, database.prepare("SELECT file FROM space"));
  CLIPCLUSTER_RETURN_IF_ERROR(statement.next().status());
  const std::string path = file(statement.text(0));
  CLIPCLUSTER_RETURN_IF_ERROR(statement.run());

  std::uint64_t there = 0;
  auto opened = EmbeddingFile::open(path, *space, PosixFile::Mode::write);
  if (opened.is_ok()) {
    embeddings = std::move(opened).value();
    CLIPCLUSTER_ASSIGN_OR_RETURN(there, embeddings->rows());
  } else if (opened.status().code() == ErrorCode::corrupt ||
             opened.status().code() == ErrorCode::not_found) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(embeddings, EmbeddingFile::create(path, *space));
  } else {
    return opened.status();
  }
  if (there >= rows) return embeddings->keep_rows(rows);

  recovered.push_back(
      fmt::format("{} held only {} of {} embeddings; the others are made anew.", path, there, rows));
  internal::Transaction transaction(database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_writing());
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      auto update, database.prepare("UPDATE content SET embedding_row = NULL WHERE embedding_row >= ?"));
  CLIPCLUSTER_RETURN_IF_ERROR(update.bind(1, static_cast<std::int64_t>(there)).run());
  CLIPCLUSTER_RETURN_IF_ERROR(forget_fit());
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.commit());
  rows = there;
  return embeddings->keep_rows(rows);
}

Status Project::Parts::recover_thumbnails() {
  const std::string path = file(internal::kThumbnailsName);
  CLIPCLUSTER_ASSIGN_OR_RETURN(thumbnails, PosixFile::open(path, PosixFile::Mode::write));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::uint64_t there, thumbnails->size());
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const std::int64_t valid,
      database.integer("SELECT ifnull(max(thumbnail_offset + thumbnail_bytes), 0) FROM content"));
  thumbnail_bytes = static_cast<std::uint64_t>(valid);
  if (there >= thumbnail_bytes) return thumbnails->truncate(thumbnail_bytes);

  recovered.push_back(fmt::format("{} was cut short; the missing thumbnails are made anew.", path));
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      auto update, database.prepare("UPDATE content SET thumbnail_offset = NULL, thumbnail_bytes = NULL "
                                    "WHERE thumbnail_offset + thumbnail_bytes > ?"));
  CLIPCLUSTER_RETURN_IF_ERROR(update.bind(1, static_cast<std::int64_t>(there)).run());
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      const std::int64_t kept,
      database.integer("SELECT ifnull(max(thumbnail_offset + thumbnail_bytes), 0) FROM content"));
  thumbnail_bytes = static_cast<std::uint64_t>(kept);
  return thumbnails->truncate(thumbnail_bytes);
}

// Failures do not matter here: what cannot be removed is tried again by the next writer.
void Project::Parts::remove_leftovers() {
  const auto fit = database.integer("SELECT max(id) FROM fit");
  if (!fit.is_ok()) return;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(file(internal::kFitsName), error)) {
    if (entry.path().filename() != std::to_string(fit.value())) fs::remove_all(entry.path(), error);
  }
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const bool old_embeddings = name.starts_with(internal::kEmbeddingsPrefix) &&
                                (!embeddings || entry.path().string() != embeddings->path());
    const bool temporary = name.starts_with(".clipcluster-") && name.ends_with(".tmp");
    if (old_embeddings || temporary) fs::remove(entry.path(), error);
  }
}

}  // namespace clipcluster
