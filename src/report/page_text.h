// Text as the page needs it: paths are bytes of any kind, the page is UTF-8.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clipcluster::report {

std::string escape_html(std::string_view text);

// As RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes);

// The path as it stands in a file: URL. Every byte outside RFC 3986's unreserved set and '/' is
// escaped, so that a path that is no UTF-8 still leads to its file.
std::string percent_encode_path(std::string_view path);

std::string base64(std::span<const std::uint8_t> bytes);

// The bytes of a column of numbers, little endian, in base64.
template <class T>
std::string base64_column(const std::vector<T>& column) {
  return base64({reinterpret_cast<const std::uint8_t*>(column.data()), column.size() * sizeof(T)});
}

// A number for JSON, which cannot hold NaN or infinity (0 stands for them), to 4 digits.
double short_number(double value);

// A script that hands `value` to the page under `name`: pages opened from disk may load scripts, but
// may not fetch(). Bytes that are no UTF-8 become U+FFFD; everything beyond ASCII is escaped.
std::string data_script(std::string_view name, const nlohmann::json& value);

}  // namespace clipcluster::report
