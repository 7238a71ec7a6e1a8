#include "pipeline/labels_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace clipcluster::internal {
namespace {

using Record = std::vector<std::string>;

// RFC 4180, line ends LF or CR LF.
class CsvReader {
 public:
  explicit CsvReader(std::string text) : text_(std::move(text)) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  // False at the end. `line` is where the record begins.
  bool next(Record& record, std::size_t& line) {
    if (at_ >= text_.size()) return false;
    record.clear();
    line = line_;
    do {
      record.push_back(field());
    } while (at_ < text_.size() && text_[at_] == ',' && ++at_ > 0);
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
    return true;
  }

 private:
  std::string field() {
    if (at_ >= text_.size() || text_[at_] != '"') return plain_field();
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        value += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        value += text_[++at_];
      } else {
        ++at_;
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
};

}  // namespace

Result<std::vector<LabelledPath>> read_labels_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Status::invalid_argument("'" + path +
                                    "' is a folder; name a CSV file with the columns path,label");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Status::not_found("cannot read '" + path +
                             "'; name a CSV file with the columns path,label, or say 'folders'");
  }
  CsvReader reader(std::string(std::istreambuf_iterator<char>(file), {}));
  std::vector<LabelledPath> labels;
  Record record;
  for (std::size_t line = 1; reader.next(record, line);) {
    if (record.size() == 1 && record[0].empty()) continue;
    if (record.size() != 2) {
      return Status::invalid_argument(fmt::format(
          "line {} of '{}' has {} fields instead of the two path,label; put a field that holds a comma "
          "in quotes",
          line, path, record.size()));
    }
    if (line == 1 && record[0] == "path" && record[1] == "label") continue;
    labels.push_back({record[0], record[1]});
  }
  return labels;
}

std::string folder_label(const std::string& path) {
  return std::filesystem::path(path).parent_path().filename().string();
}

}  // namespace clipcluster::internal
