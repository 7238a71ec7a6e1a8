// Images, contents, embeddings and thumbnails of a project.
#include <fmt/format.h>

#include <cassert>
#include <filesystem>
#include <system_error>
#include <utility>

#include "catalogue/project_parts.h"
#include "clipcluster/parallel.h"

namespace clipcluster {
namespace {

using internal::Database;
using internal::EmbeddingFile;
using internal::Statement;
using internal::Transaction;

constexpr const char* kContentColumns =
    "SELECT id, pixel_hash, width, height, embedding_row, thumbnail_offset, thumbnail_bytes FROM content ";

ProjectContent read_content(const Statement& row) {
  ProjectContent content;
  content.id = row.integer(0);
  content.pixel_hash = row.text(1);
  content.width = static_cast<int>(row.integer(2));
  content.height = static_cast<int>(row.integer(3));
  content.embedding_row = row.is_null(4) ? -1 : row.integer(4);
  content.thumbnail_offset = static_cast<std::uint64_t>(row.integer(5));
  content.thumbnail_bytes = static_cast<std::uint64_t>(row.integer(6));
  return content;
}

ProjectImage read_image(const Statement& row) {
  ProjectImage image;
  image.path = row.text(0);
  image.bytes = static_cast<std::uint64_t>(row.integer(1));
  image.modified_ns = row.integer(2);
  image.byte_hash = row.text(3);
  image.format = row.text(4);
  image.content = row.integer(5);
  image.skip_reason = row.text(6);
  image.skip_message = row.text(7);
  image.present = row.integer(8) != 0;
  return image;
}

Result<std::vector<ProjectImage>> read_images(Database& database, const std::string& condition) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement statement,
      database.prepare("SELECT path, bytes, modified_ns, byte_hash, format, content, skip_reason, "
                       "skip_message, present FROM image " +
                       condition));
  std::vector<ProjectImage> images;
  while (true) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, statement.next());
    if (!row) return images;
    images.push_back(read_image(statement));
  }
}

Result<std::optional<ProjectContent>> find_content(Database& database, const std::string& condition,
                                                   const std::string& value) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement statement, database.prepare(kContentColumns + condition));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, statement.bind(1, value).next());
  return row ? std::optional<ProjectContent>(read_content(statement)) : std::nullopt;
}

void bind_or_null(Statement& statement, int parameter, const std::string& text) {
  if (text.empty()) {
    statement.bind_null(parameter);
  } else {
    statement.bind(parameter, text);
  }
}

Status write_content(Statement& statement, const ProjectContent& content) {
  statement.bind(1, content.pixel_hash);
  statement.bind(2, static_cast<std::int64_t>(content.width));
  statement.bind(3, static_cast<std::int64_t>(content.height));
  if (content.embedding_row < 0) {
    statement.bind_null(4);
  } else {
    statement.bind(4, content.embedding_row);
  }
  if (content.thumbnail_bytes == 0) {
    statement.bind_null(5).bind_null(6);
  } else {
    statement.bind(5, static_cast<std::int64_t>(content.thumbnail_offset));
    statement.bind(6, static_cast<std::int64_t>(content.thumbnail_bytes));
  }
  return statement.run();
}

Status write_contents(Database& database, std::span<CheckpointContent> contents) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement insert,
      database.prepare("INSERT INTO content (pixel_hash, width, height, embedding_row, thumbnail_offset, "
                       "thumbnail_bytes) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (pixel_hash) DO UPDATE SET "
                       "embedding_row = ifnull(excluded.embedding_row, embedding_row), "
                       "thumbnail_offset = ifnull(excluded.thumbnail_offset, thumbnail_offset), "
                       "thumbnail_bytes = ifnull(excluded.thumbnail_bytes, thumbnail_bytes)"));
  for (const CheckpointContent& entry : contents)
    CLIPCLUSTER_RETURN_IF_ERROR(write_content(insert, entry.content));

  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement find,
                               database.prepare("SELECT id FROM content WHERE pixel_hash = ?"));
  for (CheckpointContent& entry : contents) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, find.bind(1, entry.content.pixel_hash).next());
    assert(row);
    entry.content.id = row ? find.integer(0) : 0;
    CLIPCLUSTER_RETURN_IF_ERROR(find.run());
  }
  return {};
}

Status write_images(Database& database, std::span<const CheckpointImage> images) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement insert,
      database.prepare(
          "INSERT INTO image (path, bytes, modified_ns, byte_hash, format, content, skip_reason, "
          "skip_message, present) VALUES (?1, ?2, ?3, ?4, ?5, "
          "(SELECT id FROM content WHERE pixel_hash = ?6), ?7, ?8, 1) "
          "ON CONFLICT (path) DO UPDATE SET bytes = excluded.bytes, "
          "modified_ns = excluded.modified_ns, byte_hash = excluded.byte_hash, "
          "format = excluded.format, content = excluded.content, "
          "skip_reason = excluded.skip_reason, skip_message = excluded.skip_message, present = 1"));
  for (const CheckpointImage& entry : images) {
    const ProjectImage& image = entry.image;
    assert(image.skipped() == entry.pixel_hash.empty());
    insert.bind(1, image.path).bind(2, static_cast<std::int64_t>(image.bytes)).bind(3, image.modified_ns);
    bind_or_null(insert, 4, image.byte_hash);
    bind_or_null(insert, 5, image.format);
    bind_or_null(insert, 6, entry.pixel_hash);
    bind_or_null(insert, 7, image.skip_reason);
    bind_or_null(insert, 8, image.skip_message);
    CLIPCLUSTER_RETURN_IF_ERROR(insert.run());
  }
  return {};
}

}  // namespace

Result<std::vector<ProjectImage>> Project::images() const {
  return read_images(parts_->database, std::string("WHERE present = 1 ORDER BY ") + parts_->image_order());
}

Result<std::vector<ProjectImage>> Project::all_images() const {
  return read_images(parts_->database, std::string("ORDER BY ") + parts_->image_order());
}

Status Project::clear() {
  Transaction transaction(parts_->database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_writing());
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->forget_fit());
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->database.execute("DELETE FROM image; DELETE FROM content"));
  return transaction.commit();
}

Result<std::vector<ProjectContent>> Project::contents() const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement statement,
                               parts_->database.prepare(std::string(kContentColumns) + "ORDER BY id"));
  std::vector<ProjectContent> contents;
  while (true) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, statement.next());
    if (!row) return contents;
    contents.push_back(read_content(statement));
  }
}

Result<std::optional<ProjectContent>> Project::content_by_pixel_hash(const std::string& hash) const {
  return find_content(parts_->database, "WHERE pixel_hash = ?", hash);
}

Result<std::optional<ProjectContent>> Project::content_by_byte_hash(const std::string& hash) const {
  return find_content(
      parts_->database,
      "WHERE id = (SELECT content FROM image WHERE byte_hash = ? AND content IS NOT NULL LIMIT 1)", hash);
}

Status Project::start_space(const EmbeddingSpace& space) {
  assert(parts_->writable && space.size > 0);
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t last,
                               parts_->database.integer("SELECT ifnull(max(id), 0) FROM space"));
  const std::string name = fmt::format("{}{}.f32", internal::kEmbeddingsPrefix, last + 1);
  CLIPCLUSTER_ASSIGN_OR_RETURN(EmbeddingFile file, EmbeddingFile::create(parts_->file(name), space));
  CLIPCLUSTER_RETURN_IF_ERROR(internal::sync_folder(parts_->folder));

  Transaction transaction(parts_->database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_writing());
  CLIPCLUSTER_RETURN_IF_ERROR(
      parts_->database.execute("DELETE FROM space; UPDATE content SET embedding_row = NULL"));
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->forget_fit());
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      Statement insert, parts_->database.prepare("INSERT INTO space (id, file, model_folder, fingerprint, "
                                                 "precision, size) VALUES (?, ?, ?, ?, ?, ?)"));
  insert.bind(1, last + 1).bind(2, name).bind(3, space.model_folder).bind(4, space.fingerprint);
  insert.bind(5, space.precision).bind(6, static_cast<std::int64_t>(space.size));
  CLIPCLUSTER_RETURN_IF_ERROR(insert.run());
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.commit());

  parts_->embeddings = std::move(file);
  parts_->space = space;
  parts_->rows = 0;
  parts_->remove_leftovers();
  return {};
}

Status Project::set_model_folder(const std::string& folder) {
  assert(parts_->space);
  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement update,
                               parts_->database.prepare("UPDATE space SET model_folder = ?"));
  CLIPCLUSTER_RETURN_IF_ERROR(update.bind(1, folder).run());
  parts_->space->model_folder = folder;
  return {};
}

Result<SharedMatrix<float>> Project::embeddings() const {
  if (!parts_->embeddings)
    return Status::not_found("the project in '" + parts_->folder + "' has no embeddings yet.");
  return parts_->embeddings->map(parts_->rows);
}

Result<SharedMatrix<float>> Project::embedding_rows(std::span<const std::int64_t> rows) const {
  CLIPCLUSTER_ASSIGN_OR_RETURN(SharedMatrix<float> all, embeddings());
  bool leading = true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0 || static_cast<std::size_t>(rows[i]) >= all.rows()) {
      return Status::corrupt(fmt::format("the catalogue of '{}' names embedding {}, but there are only {}.",
                                         parts_->folder, rows[i], all.rows()));
    }
    leading = leading && static_cast<std::size_t>(rows[i]) == i;
  }
  if (leading) return SharedMatrix<float>(all.owner(), all.view().rows_between(0, rows.size()));
  MatrixF picked(rows.size(), all.cols());
  parallel_for(rows.size(), 256, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const float* source = all.row(static_cast<std::size_t>(rows[i]));
      std::copy(source, source + all.cols(), picked.row(i));
    }
  });
  return SharedMatrix<float>(std::move(picked));
}

Status Project::checkpoint(std::span<CheckpointContent> contents, std::span<const CheckpointImage> images) {
  assert(parts_->writable);
  std::uint64_t row = parts_->rows;
  std::uint64_t offset = parts_->thumbnail_bytes;
  for (CheckpointContent& entry : contents) {
    if (!entry.embedding.empty()) {
      assert(parts_->space && entry.embedding.size() == static_cast<std::size_t>(parts_->space->size));
      CLIPCLUSTER_RETURN_IF_ERROR(parts_->embeddings->write_rows(row, entry.embedding));
      entry.content.embedding_row = static_cast<std::int64_t>(row++);
    }
    if (!entry.thumbnail.empty()) {
      CLIPCLUSTER_RETURN_IF_ERROR(parts_->thumbnails->write_at(offset, std::as_bytes(entry.thumbnail)));
      entry.content.thumbnail_offset = offset;
      entry.content.thumbnail_bytes = entry.thumbnail.size();
      offset += entry.thumbnail.size();
    }
  }
  if (row != parts_->rows) CLIPCLUSTER_RETURN_IF_ERROR(parts_->embeddings->sync());
  if (offset != parts_->thumbnail_bytes) CLIPCLUSTER_RETURN_IF_ERROR(parts_->thumbnails->sync());

  // From here on the rows and thumbnails are on the disk; only the commit makes them count.
  Transaction transaction(parts_->database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_writing());
  CLIPCLUSTER_RETURN_IF_ERROR(write_contents(parts_->database, contents));
  CLIPCLUSTER_RETURN_IF_ERROR(write_images(parts_->database, images));
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.commit());
  parts_->rows = row;
  parts_->thumbnail_bytes = offset;
  return {};
}

Status Project::set_present(std::span<const std::string> paths) {
  Transaction transaction(parts_->database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_writing());
  CLIPCLUSTER_RETURN_IF_ERROR(parts_->database.execute("UPDATE image SET present = 0"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement update,
                               parts_->database.prepare("UPDATE image SET present = 1 WHERE path = ?"));
  for (const std::string& path : paths) CLIPCLUSTER_RETURN_IF_ERROR(update.bind(1, path).run());
  return transaction.commit();
}

Result<std::vector<std::uint8_t>> Project::thumbnail(const ProjectContent& content) const {
  if (content.thumbnail_bytes == 0 || !parts_->thumbnails) {
    return Status::not_found("there is no thumbnail of this image in '" + parts_->folder + "'.");
  }
  CLIPCLUSTER_ASSIGN_OR_RETURN(
      std::vector<std::uint8_t> bytes,
      parts_->thumbnails->read_at(content.thumbnail_offset,
                                  static_cast<std::size_t>(content.thumbnail_bytes)));
  if (bytes.size() == content.thumbnail_bytes) return bytes;
  return Status::corrupt(parts_->thumbnails->path() +
                         " was cut short. Run clipcluster run again to make the missing thumbnails anew.");
}

}  // namespace clipcluster
