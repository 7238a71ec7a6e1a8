#include "pipeline/wildcards.h"

#include <cstddef>

namespace clipcluster::internal {
namespace {

// Where the character of UTF-8 that begins at `at` ends; a byte that is none is a character.
std::size_t after_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  return at;
}

// One step of both without a '*'; false when they differ.
bool step(std::string_view pattern, std::size_t& p, std::string_view text, std::size_t& t) {
  if (p >= pattern.size() || t >= text.size()) return false;
  if (pattern[p] == '?') {
    ++p;
    t = after_character(text, t);
    return true;
  }
  const std::size_t literal = pattern[p] == '\\' && p + 1 < pattern.size() ? p + 1 : p;
  if (pattern[literal] != text[t]) return false;
  p = literal + 1;
  ++t;
  return true;
}

}  // namespace

bool wildcards_match(std::string_view pattern, std::string_view text) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  // On a difference the last star takes one more byte; earlier ones need not be tried again.
  std::size_t star = none;
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      taken = t;
    } else if (!step(pattern, p, text, t)) {
      if (star == none) return false;
      p = star;
      t = ++taken;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace clipcluster::internal
