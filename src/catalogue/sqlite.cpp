#include "catalogue/sqlite.h"

#include <sqlite3.h>

#include <utility>

namespace clipcluster::internal {
namespace {

constexpr int kBusyMilliseconds = 30'000;

// `detail` is SQLite's own sentence.
Status sqlite_error(const std::string& file, int code, const std::string& detail) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return Status::resource_limit("cannot write " + file +
                                    ": the disk is full. Free some space and start again; nothing that was "
                                    "finished is lost.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Status::corrupt(file + " is damaged (" + detail +
                             "). Restore it from a copy, or remove the project folder and run again.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Status::io(file + " is in use by another program for too long. Try again when it is done.");
    case SQLITE_CANTOPEN:
      return Status::io("cannot open " + file + ": " + detail + ".");
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Status::io("cannot write " + file + ": no permission.");
    case SQLITE_NOMEM:
      return Status::resource_limit(file + ": out of memory.");
    case SQLITE_IOERR:
      return Status::io("reading or writing " + file + " failed (" + detail +
                        "); is the disk full or failing? Nothing that was finished is lost.");
    default:
      return Status::internal(file + ": " + detail + " (SQLite error " + std::to_string(code) + ").");
  }
}

Status error_of(sqlite3* handle, const std::string& file) {
  return sqlite_error(file, sqlite3_extended_errcode(handle), sqlite3_errmsg(handle));
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Statement& Statement::bind(int parameter, std::int64_t value) {
  const int code = sqlite3_bind_int64(handle_.get(), parameter, value);
  if (code != SQLITE_OK) failure_ = code;
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  const int code = sqlite3_bind_double(handle_.get(), parameter, value);
  if (code != SQLITE_OK) failure_ = code;
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* first = text.empty() ? "" : text.data();
  const int code =
      sqlite3_bind_text64(handle_.get(), parameter, first, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) failure_ = code;
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  const int code = sqlite3_bind_null(handle_.get(), parameter);
  if (code != SQLITE_OK) failure_ = code;
  return *this;
}

Result<bool> Statement::next() {
  if (failure_ != SQLITE_OK) {
    return sqlite_error(file_, std::exchange(failure_, SQLITE_OK), "a value could not be bound");
  }
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  Status failed;
  if (code != SQLITE_DONE) failed = error_of(sqlite3_db_handle(handle_.get()), file_);
  sqlite3_reset(handle_.get());
  if (!failed.is_ok()) return failed;
  return false;
}

Status Statement::run() {
  while (true) {
    CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, next());
    if (!row) return {};
  }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_.get(), column); }
bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
  const unsigned char* first = sqlite3_column_text(handle_.get(), column);
  if (first == nullptr) return "";
  return {reinterpret_cast<const char*>(first),
          static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Result<Database> Database::open(const std::string& path, Mode mode) {
  sqlite3* handle = nullptr;
  // A reader, too, must be able to roll back what a killed writer left half done; SQLite itself falls
  // back to read-only where writing is not allowed.
  const int flags = mode == Mode::read ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database;
  database.handle_.reset(handle);
  database.path_ = path;
  if (code != SQLITE_OK) {
    if (handle == nullptr) return Status::resource_limit(path + ": out of memory.");
    return error_of(handle, path);
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &handle, nullptr);
  if (code != SQLITE_OK) return error_of(handle_.get(), path_);
  Statement statement;
  statement.handle_.reset(handle);
  statement.file_ = path_;
  return statement;
}

Status Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return error_of(handle_.get(), path_);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(Statement statement, prepare(sql));
  CLIPCLUSTER_ASSIGN_OR_RETURN(const bool row, statement.next());
  return row ? statement.integer(0) : std::int64_t{0};
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

Status Transaction::begin_reading() {
  CLIPCLUSTER_RETURN_IF_ERROR(database_.execute("BEGIN"));
  open_ = true;
  return {};
}

Status Transaction::begin_writing() {
  CLIPCLUSTER_RETURN_IF_ERROR(database_.execute("BEGIN IMMEDIATE"));
  open_ = true;
  return {};
}

Status Transaction::commit() {
  CLIPCLUSTER_RETURN_IF_ERROR(database_.execute("COMMIT"));
  open_ = false;
  return {};
}

Transaction::~Transaction() {
  // A failed write may already have been rolled back by SQLite itself.
  if (open_ && sqlite3_get_autocommit(database_.handle_.get()) == 0) {
    static_cast<void>(database_.execute("ROLLBACK"));
  }
}

}  // namespace clipcluster::internal
