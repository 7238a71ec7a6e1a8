#include "models/model_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace clipcluster::models {
namespace {

bool is_plain_character(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

bool is_plain_file_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), is_plain_character);
}

Status check_model_name(const std::string& name) {
  const auto slash = name.find('/');
  const bool valid = slash != std::string::npos && is_plain_file_name(name.substr(0, slash)) &&
                     is_plain_file_name(name.substr(slash + 1));
  if (valid) return {};
  return Status::invalid_argument(fmt::format(
      "'{}' is not the name of a model; give OWNER/NAME, for example openai/clip-vit-base-patch32", name));
}

std::string url_segment(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    result += is_plain_character(byte) ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return result;
}

}  // namespace clipcluster::models
