#include "catalogue/schema.h"

#include <string>

namespace clipcluster::internal {
namespace {

constexpr std::int64_t kApplicationId = 0x43434C55;  // "CCLU"; file(1) and sqlite3 show it

// Every change of these tables raises kProjectFormatVersion and is described in
// docs/project-format.md.
constexpr const char* kTables = R"sql(
  CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE space (
    id INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    model_folder TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    precision TEXT NOT NULL,
    size INTEGER NOT NULL
  );

  CREATE TABLE content (
    id INTEGER PRIMARY KEY,
    pixel_hash TEXT NOT NULL UNIQUE,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    embedding_row INTEGER UNIQUE,
    thumbnail_offset INTEGER,
    thumbnail_bytes INTEGER
  );

  CREATE TABLE image (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    byte_hash TEXT,
    format TEXT,
    content INTEGER REFERENCES content (id),
    skip_reason TEXT,
    skip_message TEXT,
    present INTEGER NOT NULL
  );
  CREATE INDEX image_by_byte_hash ON image (byte_hash);
  CREATE INDEX image_by_content ON image (content);

  CREATE TABLE fit (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    options TEXT NOT NULL,
    figures TEXT NOT NULL
  );

  CREATE TABLE point (
    fit INTEGER NOT NULL REFERENCES fit (id),
    number INTEGER NOT NULL,
    content INTEGER NOT NULL REFERENCES content (id),
    label INTEGER NOT NULL,
    probability REAL NOT NULL,
    outlier_score REAL NOT NULL,
    held_out INTEGER NOT NULL,
    PRIMARY KEY (fit, number)
  ) WITHOUT ROWID;

  CREATE TABLE cluster (
    fit INTEGER NOT NULL REFERENCES fit (id),
    label INTEGER NOT NULL,
    size INTEGER NOT NULL,
    persistence REAL NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (fit, label)
  ) WITHOUT ROWID;

  CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    options TEXT NOT NULL,
    program_version TEXT NOT NULL,
    machine TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT
  );

  CREATE TABLE step (
    run INTEGER NOT NULL REFERENCES run (id),
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    seconds REAL NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (run, number)
  ) WITHOUT ROWID;
)sql";

}  // namespace

Result<SchemaState> check_schema(Database& database, const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t application, database.integer("PRAGMA application_id"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t version, database.integer("PRAGMA user_version"));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::int64_t tables,
                               database.integer("SELECT count(*) FROM sqlite_master"));
  if (application == 0 && version == 0 && tables == 0) return SchemaState::empty;
  if (application != kApplicationId) {
    return Status::corrupt(
        path + " is a SQLite database, but not a clipcluster catalogue. Choose another folder.");
  }
  if (version > kProjectFormatVersion) {
    return Status::unsupported(path + " has format version " + std::to_string(version) +
                               ", made by a newer clipcluster; this one reads up to version " +
                               std::to_string(kProjectFormatVersion) +
                               ". Update clipcluster, or make a new project.");
  }
  if (version < 1)
    return Status::corrupt(path + " has the impossible format version " + std::to_string(version) + ".");
  return SchemaState::ready;
}

Status create_schema(Database& database) {
  Transaction transaction(database);
  CLIPCLUSTER_RETURN_IF_ERROR(transaction.begin_writing());
  CLIPCLUSTER_RETURN_IF_ERROR(database.execute(kTables));
  CLIPCLUSTER_RETURN_IF_ERROR(
      database.execute("PRAGMA application_id = " + std::to_string(kApplicationId)));
  CLIPCLUSTER_RETURN_IF_ERROR(
      database.execute("PRAGMA user_version = " + std::to_string(kProjectFormatVersion)));
  return transaction.commit();
}

}  // namespace clipcluster::internal
