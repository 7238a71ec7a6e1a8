#include "clip/text_cleanup.h"

#include "clip/html_unescape.h"
#include "clip/unicode.h"

namespace clipcluster::clip {
namespace {

// Python's str.strip also takes the four separators of ASCII, which the pattern \s does not.
bool is_stripped(char32_t code) { return is_space(code) || (code >= 0x1C && code <= 0x1F); }

std::u32string_view strip(std::u32string_view text) {
  while (!text.empty() && is_stripped(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_stripped(text.back())) text.remove_suffix(1);
  return text;
}

std::u32string join_spaces(std::u32string_view text) {
  std::u32string result;
  for (const char32_t code : text) {
    if (!is_space(code)) {
      result += code;
    } else if (result.empty() || result.back() != U' ') {
      result += U' ';
    }
  }
  return result;
}

}  // namespace

std::u32string clean_text(std::string_view text) {
  const std::string valid = encode_utf8(decode_utf8(text));
  const std::u32string composed = compose(decode_utf8(html_unescape(html_unescape(valid))));
  const std::u32string joined = join_spaces(strip(composed));
  return lower(strip(joined));
}

}  // namespace clipcluster::clip
