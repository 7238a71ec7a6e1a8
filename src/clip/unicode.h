// Code points and the few properties that CLIP's tokenizer asks about.
#pragma once

#include <string>
#include <string_view>

namespace clipcluster::clip {

std::string encode_utf8(char32_t code);
// Invalid bytes become U+FFFD, as Python's decode(errors="replace") does.
std::u32string decode_utf8(std::string_view text);
std::string encode_utf8(std::u32string_view text);

std::u32string compose(std::u32string_view text);  // Unicode's normal form C
std::u32string lower(std::u32string_view text);    // as Python's str.lower

bool is_letter(char32_t code);  // \p{L}
bool is_number(char32_t code);  // \p{N}
bool is_space(char32_t code);   // White_Space

}  // namespace clipcluster::clip
