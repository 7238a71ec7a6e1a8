// JSON from files that people may have damaged: every access is checked and named.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "clipcluster/status.h"

namespace clipcluster::clip {

using Json = nlohmann::json;

Result<std::string> read_small_file(const std::string& path);
// `what` names the text in messages. Values nested too deeply to be handled safely are an error, too.
Result<Json> parse_json_object(std::string_view text, const std::string& what);
Result<Json> read_json_object(const std::string& path);

// Sets `value` when `key` is there and not null; an error when it is of another type or not within
// [low, high]. `file` is for the sentence.
Status read_int(const Json& object, const char* key, const std::string& file, int low, int high,
                int& value);
// Finite, also as a float.
Status read_number(const Json& object, const char* key, const std::string& file, double& value);
Status read_flag(const Json& object, const char* key, const std::string& file, bool& value);

}  // namespace clipcluster::clip
