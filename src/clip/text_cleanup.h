// What CLIP's tokenizer does to a text before it looks for words (openai/CLIP, simple_tokenizer.py,
// basic_clean and whitespace_clean).
#pragma once

#include <string>
#include <string_view>

namespace clipcluster::clip {

// HTML references resolved twice, normal form C, runs of white space made one space, none at the
// ends, lower case. The original's repair of wrongly decoded text (ftfy) is left out: it guesses.
std::u32string clean_text(std::string_view text);

}  // namespace clipcluster::clip
