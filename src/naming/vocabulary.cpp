// Vocabularies: one name a line.
#include <fmt/format.h>

#include <cassert>
#include <optional>
#include <unordered_set>

#include "clipcluster/naming.h"
#include "naming/vocabulary_text.h"

namespace clipcluster {
namespace {

constexpr std::size_t kLongestName = 200;  // bytes; CLIP's text tower cuts what is longer than 77 tokens
constexpr std::size_t kMostNames = 100'000;

// The bytes that follow a lead byte, and the smallest character that needs so many; none: no lead byte.
struct Utf8Length {
  int following;
  std::uint32_t smallest;
  std::uint32_t bits;
};
std::optional<Utf8Length> utf8_length(unsigned char lead) {
  if (lead < 0x80U) return Utf8Length{0, 0, lead};
  if (lead >= 0xC2U && lead < 0xE0U) return Utf8Length{1, 0x80U, lead & 0x1FU};
  if (lead >= 0xE0U && lead < 0xF0U) return Utf8Length{2, 0x800U, lead & 0x0FU};
  if (lead >= 0xF0U && lead < 0xF5U) return Utf8Length{3, 0x10000U, lead & 0x07U};
  return std::nullopt;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto length = utf8_length(static_cast<unsigned char>(text[i++]));
    if (!length) return false;
    std::uint32_t character = length->bits;
    for (int j = 0; j < length->following; ++j, ++i) {
      if (i == text.size() || (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return false;
      character = character << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    const bool surrogate = character >= 0xD800U && character < 0xE000U;
    if (character < length->smallest || character > 0x10FFFFU || surrogate) return false;
  }
  return true;
}

bool has_control_character(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) return true;
  }
  return false;
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

// Without the mark that some editors put before UTF-8.
std::string_view without_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

Status check_name(std::string_view name, const std::string& file, std::size_t line) {
  if (name.size() > kLongestName) {
    return Status::invalid_argument(
        fmt::format("line {} of {} has {} bytes; a name may have at most {}. Put one name on each line.",
                    line, file, name.size(), kLongestName));
  }
  if (!is_utf8(name)) {
    return Status::invalid_argument(
        fmt::format("line {} of {} is not UTF-8; save the vocabulary as UTF-8 text.", line, file));
  }
  if (!has_control_character(name)) return {};
  return Status::invalid_argument(fmt::format(
      "line {} of {} has a control character; a vocabulary is plain text, one name a line.", line, file));
}

}  // namespace

Result<std::vector<std::string>> parse_vocabulary(std::string_view text, const std::string& file) {
  std::vector<std::string> names;
  std::unordered_set<std::string> known;
  std::string_view rest = without_mark(text);
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = trimmed(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.empty() || line.front() == '#') continue;
    CLIPCLUSTER_RETURN_IF_ERROR(check_name(line, file, number));
    if (known.emplace(line).second) names.emplace_back(line);
    if (names.size() > kMostNames) {
      return Status::invalid_argument(
          fmt::format("{} has more than {} names; give a shorter vocabulary.", file, kMostNames));
    }
  }
  if (!names.empty()) return names;
  return Status::invalid_argument(fmt::format("{} holds no name; a vocabulary has one name a line.", file));
}

const std::vector<std::string>& built_in_vocabulary() {
  static const std::vector<std::string> names = [] {
    Result<std::vector<std::string>> parsed =
        parse_vocabulary(naming::vocabulary_text(), "the built-in vocabulary");
    assert(parsed.is_ok());
    return std::move(parsed).value();
  }();
  return names;
}

}  // namespace clipcluster
