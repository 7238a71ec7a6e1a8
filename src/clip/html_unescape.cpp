#include "clip/html_unescape.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "clip/html_entities.h"
#include "clip/unicode.h"

namespace clipcluster::clip {
namespace {

constexpr std::size_t kLongestName = 32;

// What the numbers 0x80 to 0x9F mean: Windows-1252, with the five that it lacks as they are.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

struct Reference {
  std::string text;
  std::size_t length = 0;  // bytes after the ampersand
};

bool is_control_or_noncharacter(std::uint32_t code) {
  return (code >= 0x1 && code <= 0x8) || (code >= 0xE && code <= 0x1F) || (code >= 0x7F && code <= 0x9F) ||
         (code >= 0xFDD0 && code <= 0xFDEF) || code == 0xB || (code & 0xFFFE) == 0xFFFE;
}

std::string character(std::uint32_t code) {
  if (code >= 0x80 && code <= 0x9F) return encode_utf8(kWindows1252[code - 0x80]);
  if (code == 0 || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return encode_utf8(0xFFFD);
  if (code != 0xD && is_control_or_noncharacter(code)) return {};
  return encode_utf8(static_cast<char32_t>(code));
}

int digit(char c, int base) {
  int value = 99;
  if (c >= '0' && c <= '9') value = c - '0';
  if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
  if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
  return value < base ? value : -1;
}

// after: what follows "&#".
std::optional<Reference> numeric(std::string_view after) {
  const bool hexadecimal = !after.empty() && (after[0] == 'x' || after[0] == 'X');
  const int base = hexadecimal ? 16 : 10;
  const std::size_t first = hexadecimal ? 1 : 0;
  std::size_t i = first;
  std::uint32_t code = 0;
  for (; i < after.size() && digit(after[i], base) >= 0; ++i) {
    // Stops growing above all code points, so that it cannot wrap around into them.
    if (code <= 0x10FFFF) code = code * static_cast<std::uint32_t>(base) + digit(after[i], base);
  }
  if (i == first) return std::nullopt;
  if (i < after.size() && after[i] == ';') ++i;
  return Reference{character(code), i + 1};
}

// Python's pattern counts characters, not bytes.
std::size_t name_length(std::string_view after) {
  std::size_t i = 0;
  for (std::size_t characters = 0; i < after.size() && characters < kLongestName; ++characters) {
    if (std::string_view("\t\n\f <&#;").find(after[i]) != std::string_view::npos) break;
    ++i;
    while (i < after.size() && (static_cast<unsigned char>(after[i]) & 0xC0) == 0x80) ++i;
  }
  return i > 0 && i < after.size() && after[i] == ';' ? i + 1 : i;
}

const HtmlEntity* find_entity(std::string_view name) {
  const auto entities = html_entities();
  const auto found = std::lower_bound(entities.begin(), entities.end(), name,
                                      [](const HtmlEntity& e, std::string_view n) { return e.name < n; });
  return found != entities.end() && found->name == name ? &*found : nullptr;
}

std::optional<Reference> named(std::string_view after) {
  for (std::size_t length = name_length(after); length > 1; --length) {
    if (const HtmlEntity* entity = find_entity(after.substr(0, length))) {
      return Reference{std::string(entity->text), length};
    }
  }
  return std::nullopt;
}

}  // namespace

std::string html_unescape(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    std::optional<Reference> reference;
    if (text[i] == '&') {
      const std::string_view after = text.substr(i + 1);
      reference = after.starts_with('#') ? numeric(after.substr(1)) : named(after);
    }
    if (reference) {
      result += reference->text;
      i += 1 + reference->length;
    } else {
      result += text[i++];
    }
  }
  return result;
}

}  // namespace clipcluster::clip
