#pragma once

#include <string>
#include <string_view>

namespace clipcluster::clip {

// Python's html.unescape: named references (the longest name that fits, as HTML5 reads them) and
// decimal and hexadecimal ones, with HTML5's replacements for invalid code points.
std::string html_unescape(std::string_view text);

}  // namespace clipcluster::clip
