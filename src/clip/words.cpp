#include "clip/words.h"

#include <array>

#include "clip/unicode.h"

namespace clipcluster::clip {
namespace {

// In the order of the pattern: the first that fits is taken.
constexpr std::array<std::u32string_view, 9> kFixed = {
    U"<|startoftext|>", U"<|endoftext|>", U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"};

bool is_other(char32_t code) { return !is_space(code) && !is_letter(code) && !is_number(code); }

template <class Predicate>
std::size_t run_length(std::u32string_view text, Predicate belongs) {
  std::size_t length = 0;
  while (length < text.size() && belongs(text[length])) ++length;
  return length;
}

std::size_t word_length(std::u32string_view text) {
  for (const std::u32string_view fixed : kFixed) {
    if (text.starts_with(fixed)) return fixed.size();
  }
  if (is_letter(text[0])) return run_length(text, is_letter);
  if (is_number(text[0])) return 1;
  return run_length(text, is_other);
}

}  // namespace

std::vector<std::u32string> split_words(std::u32string_view text) {
  std::vector<std::u32string> words;
  while (!text.empty()) {
    if (is_space(text[0])) {
      text.remove_prefix(1);
      continue;
    }
    const std::size_t length = word_length(text);
    words.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

}  // namespace clipcluster::clip
