// SQLite with owners for its handles and Status for its error codes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "clipcluster/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace clipcluster::internal {

// A prepared statement. bind() counts parameters from 1 and columns are counted from 0, as SQLite
// does. An error while binding comes out of the next run() or next().
class Statement {
 public:
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_null(int parameter);

  // Runs to the end and makes ready for the next bindings.
  Status run();
  // True: there is a row to read. False: that was all, and the statement is ready for the next
  // bindings.
  Result<bool> next();

  std::int64_t integer(int column) const;  // 0 for NULL
  double real(int column) const;
  std::string text(int column) const;  // "" for NULL
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  std::string file_;
  int failure_ = 0;
};

class Database {
 public:
  enum class Mode { read, write };  // write: created when missing
  static Result<Database> open(const std::string& path, Mode mode);

  Result<Statement> prepare(std::string_view sql);
  // One or more statements without results.
  Status execute(const std::string& sql);
  // The first column of the first row; 0 when there is none.
  Result<std::int64_t> integer(std::string_view sql);
  std::int64_t last_insert_id() const;

 private:
  friend class Transaction;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
};

// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Status begin_reading();  // one state of the database for all that follows
  Status begin_writing();
  Status commit();

 private:
  Database& database_;
  bool open_ = false;
};

}  // namespace clipcluster::internal
