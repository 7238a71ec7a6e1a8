#include "pipeline/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace clipcluster::internal {
namespace {

class CsvReader {
 public:
  explicit CsvReader(std::string text) : text_(std::move(text)) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  // False at the end.
  bool next(CsvRecord& record) {
    if (at_ >= text_.size()) return false;
    record.fields.clear();
    record.line = line_;
    do {
      record.fields.push_back(field());
    } while (at_ < text_.size() && text_[at_] == ',' && ++at_ > 0);
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
    return true;
  }

  // The last field began with a quote mark that nothing closes.
  bool unclosed() const { return unclosed_; }

 private:
  std::string field() {
    if (at_ >= text_.size() || text_[at_] != '"') return plain_field();
    std::string value;
    unclosed_ = true;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        value += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        value += text_[++at_];
      } else {
        ++at_;
        unclosed_ = false;
        break;
      }
    }
    return value + plain_field();
  }

  std::string plain_field() {
    const std::size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
    std::string value = text_.substr(at_, end - at_);
    at_ = end;
    if ((at_ == text_.size() || text_[at_] == '\n') && value.ends_with('\r')) value.pop_back();
    return value;
  }

  std::string text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool unclosed_ = false;
};

}  // namespace

Result<std::vector<CsvRecord>> read_csv(const std::string& path, const std::string& wanted) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Status::invalid_argument("'" + path + "' is a folder; " + wanted);
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status::not_found("cannot read '" + path + "'; " + wanted);
  CsvReader reader(std::string(std::istreambuf_iterator<char>(file), {}));
  std::vector<CsvRecord> records;
  for (CsvRecord record; reader.next(record);) {
    if (reader.unclosed()) {
      return Status::invalid_argument(
          fmt::format("line {} of '{}' has a field that begins with a quote mark which nothing closes",
                      record.line, path));
    }
    if (record.fields.size() > 1 || !record.fields[0].empty()) records.push_back(std::move(record));
  }
  return records;
}

}  // namespace clipcluster::internal
