#include "clip/unicode.h"

#include <utf8proc.h>

#include <cstdlib>

namespace clipcluster::clip {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kCapitalIWithDot = 0x130;
constexpr char32_t kDotAbove = 0x307;

utf8proc_category_t category(char32_t code) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(code));
}

struct Sequence {
  int length = 0;  // 0: no sequence starts with this byte
  unsigned low = 0x80;
  unsigned high = 0xBF;  // of the second byte (Unicode's table 3-7)
};

Sequence sequence_from(unsigned first) {
  if (first < 0x80) return {1};
  if (first >= 0xC2 && first <= 0xDF) return {2};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {3};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  if (first >= 0xF1 && first <= 0xF3) return {4};
  return {};
}

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

// Bytes of the longest valid beginning of a character at i, at least 1.
int valid_bytes(std::string_view text, std::size_t i, const Sequence& sequence) {
  int count = 1;
  for (; count < sequence.length && i + count < text.size(); ++count) {
    const unsigned byte = byte_at(text, i + count);
    const unsigned low = count == 1 ? sequence.low : 0x80;
    const unsigned high = count == 1 ? sequence.high : 0xBF;
    if (byte < low || byte > high) break;
  }
  return count;
}

bool is_cased(char32_t code) {
  const auto c = category(code);
  return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LL || c == UTF8PROC_CATEGORY_LT;
}

// Unicode's Case_Ignorable: marks, modifiers and formats, and punctuation inside of words.
bool is_case_ignorable(char32_t code) {
  switch (category(code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return std::u32string_view(U"'.:\u00B7\u2018\u2019\u2024\u2027").find(code) !=
             std::u32string_view::npos;
  }
}

// A sigma is final when a cased letter stands before it and none behind it in its word (Unicode's
// Final_Sigma).
bool is_final(std::u32string_view text, std::size_t i) {
  std::size_t before = i;
  while (before > 0 && is_case_ignorable(text[before - 1])) --before;
  std::size_t after = i + 1;
  while (after < text.size() && is_case_ignorable(text[after])) ++after;
  return before > 0 && is_cased(text[before - 1]) && (after == text.size() || !is_cased(text[after]));
}

}  // namespace

std::string encode_utf8(char32_t code) {
  std::string bytes(4, '\0');
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code),
                                           reinterpret_cast<utf8proc_uint8_t*>(bytes.data()));
  bytes.resize(static_cast<std::size_t>(length));
  return bytes;
}

std::string encode_utf8(std::u32string_view text) {
  std::string bytes;
  for (const char32_t code : text) bytes += encode_utf8(code);
  return bytes;
}

std::u32string decode_utf8(std::string_view text) {
  std::u32string codes;
  codes.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Sequence sequence = sequence_from(byte_at(text, i));
    const int count = valid_bytes(text, i, sequence);
    if (count != sequence.length) {
      codes += kReplacement;
    } else {
      char32_t code = count == 1 ? byte_at(text, i) : byte_at(text, i) & (0x7FU >> count);
      for (int k = 1; k < count; ++k) code = (code << 6) | (byte_at(text, i + k) & 0x3FU);
      codes += code;
    }
    i += static_cast<std::size_t>(count);
  }
  return codes;
}

std::u32string compose(std::u32string_view text) {
  const std::string bytes = encode_utf8(text);
  utf8proc_uint8_t* composed = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                                   static_cast<utf8proc_ssize_t>(bytes.size()), &composed,
                                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (length < 0) return std::u32string(text);
  std::u32string result =
      decode_utf8({reinterpret_cast<const char*>(composed), static_cast<std::size_t>(length)});
  std::free(composed);
  return result;
}

std::u32string lower(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == kCapitalSigma && is_final(text, i)) {
      result += kFinalSigma;
    } else if (text[i] == kCapitalIWithDot) {
      result += U'i';
      result += kDotAbove;
    } else {
      result += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(text[i])));
    }
  }
  return result;
}

bool is_letter(char32_t code) {
  const auto c = category(code);
  return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

bool is_number(char32_t code) {
  const auto c = category(code);
  return c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO;
}

bool is_space(char32_t code) {
  return (code >= 0x9 && code <= 0xD) || code == 0x20 || code == 0x85 || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

}  // namespace clipcluster::clip
