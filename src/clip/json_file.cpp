#include "clip/json_file.h"

#include <fmt/format.h>

#include <cmath>

#include "base/mapped_file.h"

namespace clipcluster::clip {
namespace {

const Json* find(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Copying a value and writing it out recurse: without a limit a hostile file overruns the stack.
constexpr int kDeepest = 64;

bool nests_too_deeply(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') in_string = !in_string;
    if (in_string) {
      if (text[i] == '\\') ++i;
    } else if (text[i] == '[' || text[i] == '{') {
      if (++depth > kDeepest) return true;
    } else if (text[i] == ']' || text[i] == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<std::string> read_small_file(const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const auto file, internal::MappedFile::open(path));
  return std::string(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
}

Result<Json> parse_json_object(std::string_view text, const std::string& what) {
  if (nests_too_deeply(text)) {
    return Status::corrupt(fmt::format("{} nests its values more than {} deep", what, kDeepest));
  }
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return Status::corrupt(fmt::format("{} is not valid JSON", what));
  if (!json.is_object()) {
    return Status::corrupt(fmt::format("{} is not a JSON object but a {}", what, json.type_name()));
  }
  return json;
}

Result<Json> read_json_object(const std::string& path) {
  CLIPCLUSTER_ASSIGN_OR_RETURN(const std::string text, read_small_file(path));
  return parse_json_object(text, path);
}

Status read_int(const Json& object, const char* key, const std::string& file, int low, int high,
                int& value) {
  const Json* found = find(object, key);
  if (found == nullptr) return {};
  const bool whole = found->is_number_integer() ||
                     (found->is_number_float() && std::floor(found->get<double>()) == found->get<double>());
  const double number = whole ? found->get<double>() : 0.0;
  if (!whole || number < low || number > high) {
    return Status::corrupt(
        fmt::format("{}: '{}' is {} where a whole number from {} to {} was expected", file, key,
                    found->dump(-1, ' ', true, Json::error_handler_t::replace), low, high));
  }
  value = static_cast<int>(number);
  return {};
}

Status read_number(const Json& object, const char* key, const std::string& file, double& value) {
  const Json* found = find(object, key);
  if (found == nullptr) return {};
  if (!found->is_number() || !std::isfinite(found->get<float>())) {
    return Status::corrupt(fmt::format("{}: '{}' is not a number", file, key));
  }
  value = found->get<double>();
  return {};
}

Status read_flag(const Json& object, const char* key, const std::string& file, bool& value) {
  const Json* found = find(object, key);
  if (found == nullptr) return {};
  if (!found->is_boolean()) return Status::corrupt(fmt::format("{}: '{}' is not true or false", file, key));
  value = found->get<bool>();
  return {};
}

}  // namespace clipcluster::clip
