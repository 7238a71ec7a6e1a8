// CLIP's word pattern:
// <|startoftext|> | <|endoftext|> | 's | 't | 're | 've | 'm | 'll | 'd | \p{L}+ | \p{N} | [^\s\p{L}\p{N}]+
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clipcluster::clip {

constexpr std::string_view kStartOfText = "<|startoftext|>";
constexpr std::string_view kEndOfText = "<|endoftext|>";

// text: cleaned and in lower case.
std::vector<std::u32string> split_words(std::u32string_view text);

}  // namespace clipcluster::clip
