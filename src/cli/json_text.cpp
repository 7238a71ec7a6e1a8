#include "cli/json_text.h"

#include <fmt/format.h>

namespace clipcluster::cli {
namespace {

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::string percent_encoded(const std::string& bytes) {
  std::string encoded;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte > 0x20 && byte < 0x7F && c != '%';
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

}  // namespace

std::string json_line(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void set_path(nlohmann::ordered_json& object, const std::string& path) {
  object["path"] = path;
  if (!is_utf8(path)) object["path_percent_encoded"] = percent_encoded(path);
}

}  // namespace clipcluster::cli
