#include "catalogue/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace clipcluster::internal {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t alignment = 64;

// The small part of Python's literals that numpy.save uses in headers.
class Literal {
 public:
  explicit Literal(std::string_view text) : text_(text) {}

  bool take(char wanted) {
    skip_space();
    if (text_.empty() || text_[0] != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool at_end() {
    skip_space();
    return text_.empty();
  }
  std::optional<std::string> quoted() {
    skip_space();
    if (text_.empty() || (text_[0] != '\'' && text_[0] != '"')) return std::nullopt;
    const std::size_t end = text_.find(text_[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }
  std::optional<bool> boolean() {
    skip_space();
    for (const auto& [name, value] : {std::pair{std::string_view("True"), true}, {"False", false}}) {
      if (text_.substr(0, name.size()) != name) continue;
      text_.remove_prefix(name.size());
      return value;
    }
    return std::nullopt;
  }
  std::optional<std::uint64_t> integer() {
    skip_space();
    std::uint64_t value = 0;
    std::size_t digits = 0;
    for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits) {
      const auto digit = static_cast<std::uint64_t>(text_[digits] - '0');
      if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
      value = value * 10 + digit;
    }
    if (digits == 0) return std::nullopt;
    text_.remove_prefix(digits);
    if (!text_.empty() && text_[0] == 'L') text_.remove_prefix(1);  // written by Python 2
    return value;
  }
  // (3, 4), (3,) or ()
  std::optional<std::vector<std::uint64_t>> tuple() {
    if (!take('(')) return std::nullopt;
    std::vector<std::uint64_t> values;
    while (!take(')')) {
      const auto value = integer();
      if (!value) return std::nullopt;
      values.push_back(*value);
      if (!take(',')) {
        if (!take(')')) return std::nullopt;
        break;
      }
    }
    return values;
  }
  // [('x', '<f4'), ...]: the fields do not matter here, only where the list ends.
  bool list() {
    if (!take('[')) return false;
    int depth = 1;
    while (depth > 0 && !text_.empty()) {
      if (text_[0] == '\'' || text_[0] == '"') {
        if (!quoted()) return false;
        continue;
      }
      if (text_[0] == '[') ++depth;
      if (text_[0] == ']') --depth;
      text_.remove_prefix(1);
    }
    return depth == 0;
  }

 private:
  void skip_space() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n' || text_[0] == '\t'))
      text_.remove_prefix(1);
  }
  std::string_view text_;
};

std::optional<std::string> parse_type(Literal& literal) {
  if (auto simple = literal.quoted()) return simple;
  if (literal.list()) return "structured";
  return std::nullopt;
}

bool parse_entry(Literal& literal, const std::string& key, NpyHeader& header) {
  if (key == "descr") {
    const auto type = parse_type(literal);
    if (type) header.type = *type;
    return type.has_value();
  }
  if (key == "fortran_order") {
    const auto value = literal.boolean();
    if (value) header.fortran_order = *value;
    return value.has_value();
  }
  if (key == "shape") {
    auto value = literal.tuple();
    if (value) header.shape = std::move(*value);
    return value.has_value();
  }
  return false;
}

bool parse_dictionary(std::string_view text, NpyHeader& header) {
  Literal literal(text);
  if (!literal.take('{')) return false;
  std::vector<std::string> seen;
  while (!literal.take('}')) {
    const auto key = literal.quoted();
    if (!key || std::count(seen.begin(), seen.end(), *key) != 0 || !literal.take(':')) return false;
    if (!parse_entry(literal, *key, header)) return false;
    seen.push_back(*key);
    if (!literal.take(',')) {
      if (!literal.take('}')) return false;
      break;
    }
  }
  return seen.size() == 3 && literal.at_end();
}

std::size_t little_endian(std::span<const std::byte> bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::size_t>(bytes[i]);
  return value;
}

Status cut_short(const std::string& path) {
  return Status::corrupt(fmt::format("'{}' ends inside its .npy header; write it again", path));
}

std::string number_name(char kind, std::string_view size) {
  static constexpr std::pair<char, std::string_view> kinds[] = {
      {'f', "float"}, {'i', "int"}, {'u', "uint"}, {'c', "complex"}};
  for (const auto& [letter, name] : kinds) {
    if (letter != kind || size.size() > 2 || size.empty()) continue;
    int bytes = 0;
    for (const char digit : size) bytes = bytes * 10 + (digit - '0');
    return fmt::format("{}{}", name, bytes * 8);
  }
  return {};
}

}  // namespace

std::string describe_npy_type(const std::string& type) {
  if (type == "structured") return "a structured type";
  if (type.size() < 2) return fmt::format("type '{}'", type);
  const char kind = type[1];
  if (kind == 'O') return "pickled Python objects";
  if (kind == 'U' || kind == 'S') return "text";
  if (kind == 'b') return "bool";
  const std::string name = number_name(kind, std::string_view(type).substr(2));
  if (name.empty()) return fmt::format("type '{}'", type);
  return type[0] == '>' ? "big-endian " + name : name;
}

Result<NpyHeader> parse_npy_header(std::span<const std::byte> file, const std::string& path) {
  const std::size_t compared = std::min(file.size(), magic.size());
  if (file.empty()) return Status::corrupt(fmt::format("'{}' is empty; a .npy array was expected", path));
  if (std::memcmp(file.data(), magic.data(), compared) != 0) {
    const bool zip = file.size() >= 4 && std::memcmp(file.data(), "PK\x03\x04", 4) == 0;
    return Status::invalid_argument(fmt::format("'{}' is {}; write one array with numpy.save", path,
                                                zip ? "a zip archive (.npz?) and not a .npy array"
                                                    : "not a .npy array (it does not begin as one)"));
  }
  if (file.size() < 8) return cut_short(path);
  const int major = std::to_integer<int>(file[6]);
  if (major < 1 || major > 3) {
    return Status::unsupported(
        fmt::format("'{}' is a .npy file of version {}; versions 1 to 3 can be read", path, major));
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  if (file.size() < 8 + length_bytes) return cut_short(path);
  const std::size_t length = little_endian(file.subspan(8, length_bytes));
  NpyHeader header;
  header.data_offset = 8 + length_bytes + length;
  if (file.size() < header.data_offset) return cut_short(path);
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + 8 + length_bytes, length);
  if (!parse_dictionary(text, header)) {
    return Status::corrupt(fmt::format(
        "'{}' has a .npy header that cannot be understood; write it again with numpy.save", path));
  }
  return header;
}

std::string format_npy_header(std::string_view type, std::span<const std::size_t> shape) {
  std::string dimensions;
  for (const std::size_t extent : shape) dimensions += fmt::format("{}, ", extent);
  if (shape.size() == 1) dimensions.pop_back();
  if (shape.size() > 1) dimensions.resize(dimensions.size() - 2);
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, dimensions);
  const std::size_t unpadded = magic.size() + 4 + text.size() + 1;
  text.append((alignment - unpadded % alignment) % alignment, ' ');
  text += '\n';
  std::string header(magic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return header + text;
}

}  // namespace clipcluster::internal
