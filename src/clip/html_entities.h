// HTML5's named character references.
#pragma once

#include <span>
#include <string_view>

namespace clipcluster::clip {

struct HtmlEntity {
  std::string_view name;  // without the ampersand; with a semicolon, unless it may do without
  std::string_view text;  // UTF-8
};

std::span<const HtmlEntity> html_entities();  // sorted by name, bytewise

}  // namespace clipcluster::clip
