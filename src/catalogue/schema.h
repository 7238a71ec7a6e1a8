// The tables of catalogue.sqlite (docs/project-format.md).
#pragma once

#include "catalogue/sqlite.h"
#include "clipcluster/status.h"

namespace clipcluster::internal {

inline constexpr int kProjectFormatVersion = 1;

// What stands in an existing database.
enum class SchemaState {
  empty,  // a writer was stopped before it created the tables
  ready,
};
// unsupported for a newer version, corrupt for a database that is something else.
Result<SchemaState> check_schema(Database& database, const std::string& path);
Status create_schema(Database& database);

}  // namespace clipcluster::internal
