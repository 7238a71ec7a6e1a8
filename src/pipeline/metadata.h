// What a CSV file says of images, joined by path.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "clipcluster/status.h"

namespace clipcluster::internal {

class Metadata {
 public:
  using Line = std::vector<std::string>;  // one value for each column

  // The first line names the columns; one of them is "path": absolute, relative to the file, or, for
  // projects without images, a row's name or number.
  static Result<Metadata> read(const std::string& file);

  const std::string& file() const { return file_; }
  const std::vector<std::string>& columns() const { return columns_; }  // without "path"
  bool has(const std::string& column) const;
  // not_found, with a sentence that names the columns.
  Result<std::size_t> column(const std::string& name) const;

  // The most frequent first; ties by bytes.
  std::vector<std::string> frequent_values(const std::string& column, std::size_t most) const;

  // Null when the file has no line for it.
  const Line* line_of(const std::string& path) const;
  std::size_t repeated() const { return repeated_; }  // lines for a path that has one already: not used

 private:
  Status take_header(const std::vector<std::string>& fields);
  void take_line(std::vector<std::string> fields, const std::string& base);

  std::string file_;
  std::size_t path_column_ = 0;
  std::vector<std::string> columns_;
  std::vector<Line> lines_;
  std::unordered_map<std::string, std::size_t> line_by_path_;
  std::size_t repeated_ = 0;
};

}  // namespace clipcluster::internal
